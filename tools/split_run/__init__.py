"""Spreads a run over several machines, for sites that one controlling machine cannot serve (docs/scale.md)."""
