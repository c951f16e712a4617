export const STYLE = `
.card ul.together>li{padding-left:1.5rem}
.together .of{font-variant-numeric:tabular-nums;white-space:nowrap}
.pipelines{display:flex;flex-wrap:wrap;gap:.3rem 1rem;margin:0 0 .6rem}
.pipelines a,.downloads a{overflow-wrap:anywhere}
.downloads{color:var(--muted);font-size:.87rem}
.top .eyebrow{margin-top:.8rem}
.documents-filter select{max-width:14rem}
.paging{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;margin:.8rem 0}
#documents.htmx-request{opacity:.6}
.now{font-size:1.15rem;font-weight:600}
progress{width:min(100%,32rem);height:1rem;accent-color:var(--link)}
ol.stages{padding-left:1.4rem}
ol.stages time{color:var(--muted);font-variant-numeric:tabular-nums;margin-right:.4rem}
.beside{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:1rem;align-items:start}
.beside.alone{grid-template-columns:minmax(0,1fr)}
.beside .evidence{border:1px solid var(--line);border-radius:8px;max-height:none;position:sticky;top:1rem}
.beside .cells>*+*{margin-top:1rem}
table.grid td{min-width:9rem}
table.grid td.nowrap{min-width:0;color:var(--muted)}
dl.sides{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.05rem .6rem;margin:0}
dl.sides dt{color:var(--muted);font-size:.82rem}
dl.sides dd{margin:0;overflow-wrap:anywhere}
@media (max-width:760px){.beside{grid-template-columns:minmax(0,1fr)}.beside .evidence{position:static}.documents-filter label{width:100%}.documents-filter select{max-width:100%}}
`;
