"""The style and the script of a plan's page, which stand in the page itself so that it works without a network."""

STYLE = """
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1c2430;--soft:#5d6877;--line:#d9dee6;--add:#1a7f4b;
--add-bg:#e4f5ea;--del:#b3261e;--del-bg:#fdeaea;--mod:#8a5a00;--mod-bg:#fdf3dc;--link:#1f5fbf;
--n0:#2f7ed8;--n1:#8b52c7;--n2:#0d9488;--n3:#d97706;--n4:#be185d;--n5:#64748b}
@media (prefers-color-scheme:dark){:root{--bg:#12161c;--card:#1b212a;--ink:#e4e9f0;--soft:#98a4b3;--line:#323b48;
--add:#5fd394;--add-bg:#12301f;--del:#ff8f86;--del-bg:#3a1a1a;--mod:#f2c05c;--mod-bg:#33280f;--link:#7db4ff;
--n0:#5aa2f0;--n1:#b183e6;--n2:#2fc4b5;--n3:#f0a040;--n4:#f06ba5;--n5:#93a1b5}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1180px;margin:0 auto;padding:28px 20px 60px}
h1{margin:0;font-size:26px}h2{font-size:18px;margin:34px 0 10px}p{margin:4px 0}
.soft,.meta{color:var(--soft)}.meta{font-size:14px}
.figures{display:flex;flex-wrap:wrap;gap:12px;margin:20px 0}
.figure{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 18px;min-width:150px}
.figure b{display:block;font-size:22px}.figure span{color:var(--soft);font-size:13px}
.panel{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 18px;margin:10px 0}
.panel.bad{border-color:var(--del)}.panel.warn{border-color:var(--mod)}
.panel li{margin:3px 0}ul{margin:6px 0;padding-left:20px}
.tools{display:flex;flex-wrap:wrap;gap:8px;align-items:center;margin:10px 0}
input[type=search]{flex:1;min-width:220px;padding:8px 12px;border:1px solid var(--line);border-radius:8px;
background:var(--card);color:var(--ink);font:inherit}
button{padding:7px 12px;border:1px solid var(--line);border-radius:8px;background:var(--card);color:var(--ink);
font:inherit;font-size:14px;cursor:pointer}button:hover{border-color:var(--soft)}
details.host{background:var(--card);border:1px solid var(--line);border-radius:10px;margin:10px 0}
details.host>summary{padding:12px 18px;cursor:pointer;font-weight:600}
details.host>summary .soft{font-weight:400;margin-left:8px}
.service{padding:0 18px 12px}.service h3{margin:8px 0 4px;font-size:15px;color:var(--link)}
.item{border-top:1px solid var(--line);padding:5px 0}
.row{display:grid;grid-template-columns:18px 92px minmax(0,1fr);gap:8px;align-items:baseline}
.item summary{cursor:pointer;list-style:none}.item summary::-webkit-details-marker{display:none}
.item summary .name::after{content:" ▸";color:var(--soft)}.item[open] summary .name::after{content:" ▾"}
.mark{font:700 15px ui-monospace,monospace;text-align:center}
.add .mark{color:var(--add)}.del .mark{color:var(--del)}.mod .mark{color:var(--mod)}
.kind{color:var(--soft);font-size:13px}.name{font-family:ui-monospace,monospace;font-size:14px;overflow-wrap:anywhere}
.what{font-family:system-ui,sans-serif;color:var(--soft);margin-left:8px}
pre{margin:6px 0 8px 118px;padding:8px 0;background:var(--bg);border-radius:8px;overflow-x:auto;
font:13px/1.45 ui-monospace,monospace}
pre span{display:block;padding:0 12px;white-space:pre}
pre .p{background:var(--add-bg);color:var(--add)}pre .m{background:var(--del-bg);color:var(--del)}
pre .h{color:var(--soft)}
.hide{display:none}
.picture{overflow-x:auto}svg{display:block;width:100%;min-width:760px;height:auto;font:12px system-ui,sans-serif}
svg a{text-decoration:none}
.lane{fill:none;stroke:var(--line);stroke-dasharray:4 4}.lane-text{fill:var(--soft);font-weight:600}
.host-text{fill:var(--ink);font-weight:600;font-size:13px}.quiet{fill:var(--soft);font-size:11px}.says{fill:var(--soft)}
rect.host{fill:var(--bg);stroke:var(--line);stroke-width:1.5}rect.new{fill:var(--add-bg);stroke:var(--add)}
rect.changed{fill:var(--mod-bg);stroke:var(--mod)}rect.bad{fill:var(--del-bg);stroke:var(--del)}
.chip{fill:none;stroke:var(--line)}.chip-text{fill:var(--soft);font-size:11px}
.chip.on{fill:var(--card);stroke:var(--ink)}.chip-text.on{fill:var(--ink);font-weight:600}
.vip{fill:var(--card);stroke:var(--link)}.vip-text{fill:var(--ink)}
.net{stroke-width:3;stroke:var(--n5)}.net-text{fill:var(--soft);font-size:11px}
.n0{stroke:var(--n0)}.n1{stroke:var(--n1)}.n2{stroke:var(--n2)}.n3{stroke:var(--n3)}.n4{stroke:var(--n4)}.n5{stroke:var(--n5)}
.dot{stroke-width:0}.dot.n0{fill:var(--n0)}.dot.n1{fill:var(--n1)}.dot.n2{fill:var(--n2)}.dot.n3{fill:var(--n3)}
.dot.n4{fill:var(--n4)}.dot.n5{fill:var(--n5)}
.legend{display:flex;flex-wrap:wrap;gap:16px;font-size:13px;color:var(--soft)}
.legend i{display:inline-block;width:12px;height:12px;border-radius:3px;border:1.5px solid;
margin-right:6px;vertical-align:-1px}
.legend .same{border-color:var(--line);background:var(--bg)}
.legend .new{border-color:var(--add);background:var(--add-bg)}
.legend .changed{border-color:var(--mod);background:var(--mod-bg)}
.legend .bad{border-color:var(--del);background:var(--del-bg)}
@media (max-width:640px){pre{margin-left:0}.row{grid-template-columns:18px minmax(0,1fr)}.kind{display:none}}
@media print{.tools{display:none}}
"""

SCRIPT = """
const all = selector => [...document.querySelectorAll(selector)];
function filter(text) {
  const words = text.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const item of all('.item')) {
    item.classList.toggle('hide', !words.every(word => item.dataset.text.includes(word)));
  }
  for (const part of [...all('.service'), ...all('details.host')]) {
    part.classList.toggle('hide', !part.querySelector('.item:not(.hide)'));
  }
}
function fold(selector, open) { all(selector).forEach(part => { part.open = open; }); }
document.getElementById('filter').addEventListener('input', event => filter(event.target.value));
document.getElementById('open').addEventListener('click', () => {
  fold('details.host', true);
  fold('details.item', true);
});
document.getElementById('close').addEventListener('click', () => {
  fold('details.item', false);
  fold('details.host', false);
});
all('svg a').forEach(link => link.addEventListener('click', () => {
  const target = document.getElementById(link.getAttribute('href').slice(1));
  if (target) { target.closest('details').open = true; }
}));
"""
