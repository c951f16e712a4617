/** The page's style. Colours are told apart by shape and sign as well; every pair has a contrast of at least 4.5. */
export const STYLE = `
:root{color-scheme:light dark;
--page:#f7f7f5;--card:#ffffff;--ink:#1b1c1e;--muted:#5c6067;--line:#e2e3e0;--soft:#f0f0ed;--link:#0b57a4;
--bad:#a4330a;--bad-soft:#fbeee7;--good:#0a5f8a;--good-soft:#e6f1f7;--warn:#755300;--warn-soft:#fbf3dc;
--mark-bad:#ffd9c7;--mark-good:#cfe8f5;
--chart-ink:#1b1c1e;--chart-muted:#5c6067;--chart-line:#e8e9e6;--chart-bad:#b83a0c;--chart-good:#0a6ea0;--chart-mixed:#8a6400;--chart-band:#ecece8}
@media (prefers-color-scheme:dark){:root{
--page:#131416;--card:#1b1d20;--ink:#e8e8e6;--muted:#a5a9b0;--line:#33363b;--soft:#24272b;--link:#7db8f0;
--bad:#ff9d72;--bad-soft:#37211a;--good:#7cc4ea;--good-soft:#16303e;--warn:#e5bf5c;--warn-soft:#332a14;
--mark-bad:#7a3415;--mark-good:#154e6c;
--chart-ink:#e8e8e6;--chart-muted:#a5a9b0;--chart-line:#2c2f34;--chart-bad:#ff9d72;--chart-good:#7cc4ea;--chart-mixed:#e5bf5c;--chart-band:#282b30}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main,header.top,footer.end{max-width:1180px;margin:0 auto;padding:0 1.25rem}
h1,h2,h3{line-height:1.25;margin:0}
h2{font-size:1.2rem;margin:0 0 .25rem}
h3{font-size:1rem}
a{color:var(--link)}
a:focus-visible,button:focus-visible,input:focus-visible,select:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--link);outline-offset:2px}
code,.value,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.92em}
code{overflow-wrap:anywhere}
p{margin:.35rem 0}
p,li,summary,summary>*,figcaption,caption,h1,h2,h3{overflow-wrap:anywhere;min-width:0}
.muted{color:var(--muted)}
.small{font-size:.87rem}
.unseen{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden;white-space:nowrap}
.skip{position:absolute;left:-999px}
.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:2}
header.top{padding-top:1.75rem}
.eyebrow{display:flex;flex-wrap:wrap;gap:.25rem 1rem;color:var(--muted);font-size:.87rem;margin:0 0 .6rem}
.verdict{display:flex;flex-wrap:wrap;align-items:center;gap:1rem 2rem;background:var(--card);border:1px solid var(--line);border-left:6px solid var(--tone);border-radius:8px;padding:1.1rem 1.4rem}
.verdict.bad{--tone:var(--bad)}.verdict.good{--tone:var(--good)}.verdict.warn{--tone:var(--warn)}.verdict.plain{--tone:var(--muted)}
.verdict .says{flex:1 1 22rem;min-width:0}
.verdict h1{font-size:1.55rem;letter-spacing:-.01em;overflow-wrap:anywhere}
.verdict h1 .word{color:var(--tone)}
.big{font-variant-numeric:tabular-nums;text-align:right}
.big .from{font-size:1.15rem;color:var(--muted)}
.big .now{font-size:2.1rem;font-weight:650;letter-spacing:-.02em}
.big .delta{display:block;font-weight:600;color:var(--tone)}
.answers{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:1rem;margin:1rem 0 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:1rem 1.25rem;min-width:0}
.card h2{font-size:.95rem;color:var(--muted);font-weight:600}
.type{color:var(--muted);font-size:.85em}
.card ul{list-style:none;margin:.5rem 0 0;padding:0}
.card li{margin:.35rem 0;padding-left:1.5rem;text-indent:-1.5rem;overflow-wrap:anywhere}
.card li>.sign{display:inline-block;width:1.5rem;text-indent:0}
.card li.row{display:flex;gap:.75rem;justify-content:space-between;padding-left:0;text-indent:0}
.card li.row .num{white-space:nowrap}
.strip{display:flex;height:.7rem;border-radius:4px;overflow:hidden;margin:.7rem 0 .35rem;background:var(--soft)}
svg.strip{display:block;width:100%}
section{margin:2.25rem 0}
section>.about{color:var(--muted);margin:0 0 .8rem;max-width:46rem}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%;font-size:.93rem}
caption{text-align:left;padding:.6rem .8rem;color:var(--muted);font-size:.87rem}
th,td{padding:.4rem .65rem;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th{border-top:0;border-bottom:1px solid var(--line);font-weight:600;font-size:.82rem;color:var(--muted);white-space:nowrap;vertical-align:bottom}
tbody th{font-weight:400}
tbody tr:first-child>*{border-top:0}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.name,th.name{overflow-wrap:anywhere;min-width:9rem}
td.rule{min-width:8.5rem}
th code,td.nowrap{white-space:nowrap;overflow-wrap:normal}
tr.column th.name{padding-left:2rem;color:var(--muted)}
th button{all:unset;cursor:pointer;font:inherit;color:inherit}
th button:focus-visible{outline:3px solid var(--link)}
th button::after{content:"\\2195";opacity:.45;margin-left:.3em}
th[aria-sort=ascending] button::after{content:"\\2191";opacity:1}
th[aria-sort=descending] button::after{content:"\\2193";opacity:1}
.tag{display:inline-block;border-radius:4px;padding:0 .4rem;font-size:.82rem;white-space:nowrap;background:var(--soft);color:var(--muted)}
.tag.bad,.sign.bad,.bad-text{color:var(--bad)}.tag.bad{background:var(--bad-soft)}
.tag.good,.sign.good,.good-text{color:var(--good)}.tag.good{background:var(--good-soft)}
.tag.warn,.sign.warn{color:var(--warn)}.tag.warn{background:var(--warn-soft)}
.filter{display:flex;flex-wrap:wrap;gap:.6rem 1.2rem;align-items:center;margin:0 0 .7rem}
.filter label{display:flex;gap:.5rem;align-items:center}
.filter[hidden],[hidden]{display:none}
.filter input[type=search],.filter select{font:inherit;color:inherit;background:var(--card);border:1px solid var(--muted);border-radius:6px;padding:.3rem .6rem}
.filter input[type=search]{width:16rem;max-width:60vw}
.button{font:inherit;color:var(--ink);background:var(--card);border:1px solid var(--muted);border-radius:6px;padding:.35rem .8rem;cursor:pointer}
.chartbox{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.8rem;overflow-x:auto;margin:0 0 .8rem}
svg.chart{display:block;width:100%;min-width:640px;height:auto;max-width:1080px;font-family:inherit;font-variant-numeric:tabular-nums}
details.doc{background:var(--card);border:1px solid var(--line);border-radius:8px;margin:0 0 .8rem}
details.more{margin-top:.8rem}
details.more>summary{cursor:pointer;color:var(--link);margin-bottom:.5rem}
details.doc>summary{cursor:pointer;padding:.7rem 1rem;display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:baseline}
details.doc>summary::before{content:"\\25b8";color:var(--muted)}
details.doc[open]>summary::before{content:"\\25be"}
details.doc>summary::-webkit-details-marker{display:none}
details.doc>summary h3{overflow-wrap:anywhere;min-width:0}
details.doc .body{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr);border-top:1px solid var(--line)}
details.doc .body.alone{grid-template-columns:minmax(0,1fr)}
.cells{overflow-x:auto}
.evidence{border-left:1px solid var(--line);padding:.8rem;min-width:0;max-height:46rem;overflow:auto;background:var(--soft);border-radius:0 0 8px}
.evidence .page{display:block;max-width:100%;height:auto;border:1px solid var(--line);background:#fff}
.evidence figure{margin:0 0 .8rem}
.evidence figcaption{font-size:.82rem;color:var(--muted);margin-bottom:.25rem;overflow-wrap:anywhere}
.evidence pre{max-height:26rem;overflow:auto;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.6rem;margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
.value{white-space:pre-wrap;overflow-wrap:anywhere}
.value.none{color:var(--muted)}
mark{color:inherit;border-radius:2px;text-decoration:underline;text-underline-offset:.2em;text-decoration-thickness:2px}
.head-value mark,.base-value mark{background:var(--mark-bad)}
mark.gap{display:inline-block;width:.6em;height:1em;vertical-align:-.12em;border-bottom:2px solid currentColor;text-decoration:none}
td .row{color:var(--muted);font-size:.85em;white-space:nowrap}
.trace{max-height:20rem;overflow:auto;background:var(--soft);border-radius:6px;padding:.7rem;margin:.4rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere}
.facts-card{margin-top:.8rem}
dl.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.3rem 1.2rem;margin:0}
dl.facts dt{color:var(--muted)}
dl.facts dd{margin:0;overflow-wrap:anywhere}
.noted{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:1rem}
.noted ul{list-style:disc;padding-left:1.1rem}
.noted li{padding-left:0;text-indent:0}
.noted h3{font-size:.95rem}
footer.end{padding:1.5rem 1.25rem 3rem;color:var(--muted);font-size:.87rem}
@media (max-width:760px){
.wide{display:none}
td.name,th.name{min-width:7.2rem}
.type{display:none}
th:not([aria-sort]) button::after{display:none}
th:has(.unseen) button::after{display:inline}
table{font-size:.88rem}
table:not(.stack) th,table:not(.stack) td{padding:.4rem .45rem}

details.doc .body{grid-template-columns:minmax(0,1fr)}
.evidence{border-left:0;border-top:1px solid var(--line)}
.big{text-align:left}
main,header.top,footer.end{padding-left:.8rem;padding-right:.8rem}
table.stack thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
table.stack tr{display:block;padding:.5rem .8rem;border-top:1px solid var(--line)}
table.stack tbody th,table.stack tbody td{display:block;border:0;padding:.1rem 0}
table.stack .num{text-align:left}
table.stack tbody td[data-label]::before{content:attr(data-label) " ";display:inline-block;min-width:5.5rem;color:var(--muted);font-size:.85rem}
dl.facts{grid-template-columns:minmax(0,1fr)}
dl.facts dd{margin-bottom:.4rem}}
@media print{.filter,.skip,.button{display:none}details.doc>.body{display:grid}}
`;
