/** What the page of a repository adds to the sheet. */
export const STYLE = `
:root{--bar-pale:#bcd3e0}
@media (prefers-color-scheme:dark){:root{--bar-pale:#2f5468}}
.tiles.stand{grid-template-columns:minmax(0,2fr) repeat(3,minmax(0,1fr))}
.tile p.small{margin:.15rem 0 0}
.figure{margin:.1rem 0}
.plain-text{color:var(--muted)}
.chartbox.latest{direction:rtl}
.chartbox.latest>*{direction:ltr}
details.numbers{margin:.4rem 0 .8rem}
details.numbers>summary{cursor:pointer;color:var(--link);width:fit-content;padding:.15rem 0}
details.numbers[open]>summary{margin-bottom:.4rem}
h3.sub{margin:1.8rem 0 .2rem}
ul.multiples{list-style:none;margin:.6rem 0 .8rem;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,13.5rem),1fr));gap:.8rem}
.small-chart{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.6rem .8rem .7rem;min-width:0}
.small-chart p{margin:0}
.small-chart .field-name{font-weight:600;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.small-chart .reading{margin-top:.1rem;font-variant-numeric:tabular-nums}
.small-chart .reading strong{font-size:1.1rem;margin-right:.35rem}
svg.spark{display:block;width:100%;height:auto;margin:.2rem 0}
.bounded{max-height:24rem;overflow:auto}
.bounded:focus-visible,.chartbox:focus-visible,pre.paste:focus-visible{outline:3px solid var(--link);outline-offset:2px}
svg.bar{display:block;width:100%;min-width:8rem;height:.7rem;margin:.35rem 0}
td.bar-cell{width:40%}
dl.record{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.8rem;margin:.6rem 0 1rem}
dl.record>div{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.5rem .8rem;display:flex;flex-direction:column-reverse}
dl.record dt{color:var(--muted);font-size:.87rem}
dl.record dd{margin:0;font-size:1.35rem;font-weight:650;font-variant-numeric:tabular-nums}
img.badge{display:block;height:20px;width:auto}
pre.paste{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.7rem 1rem;margin:.4rem 0}
@media (max-width:760px){#noise thead th,#effort thead th{white-space:normal}#noise td.num{white-space:normal}#effort th,#effort td{font-size:.82rem}.tiles.stand{grid-template-columns:repeat(auto-fit,minmax(min(100%,9.5rem),1fr));gap:.6rem}ul.multiples{grid-template-columns:repeat(auto-fill,minmax(min(100%,9.5rem),1fr));gap:.5rem}}
`;
