export const STYLE = `
.try{margin:0 0 1.2rem}
.try .file{display:block;font-weight:600;margin:0 0 .35rem}
.try textarea,.tried textarea{display:block;width:100%;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.9rem;line-height:1.45;tab-size:2;resize:vertical;overflow:auto}
.try textarea[hidden]{display:none}
.try .actions{display:flex;flex-wrap:wrap;gap:.6rem 1.2rem;align-items:center;margin:.8rem 0 0}
.try .actions label{display:flex;gap:.5rem;align-items:center}
.try .actions input[type=number]{width:5rem}
.tried{padding:0 1rem 1rem}.tried .button{margin-top:.7rem}
.problems{list-style:none;margin:0 0 1rem;padding:0}
.problems li{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.6rem 1rem;margin:0 0 .6rem}
.problems .frame{background:var(--soft);border-radius:6px;padding:.5rem .7rem;margin:.4rem 0 .2rem;overflow-x:auto;white-space:pre}
#result section{margin:1.5rem 0}
.changes{margin:.3rem 0 .8rem;padding-left:1.2rem}
.card ul.rules,ul.rules{list-style:none;margin:0;padding:0}
.card ul.rules li{padding-left:0;text-indent:0;margin:0}
.card>h3{margin:0 0 .5rem}
.notice.headline{font-size:1.2rem;font-weight:600}
.notice .several{white-space:pre-line}
table.simulated td{min-width:8rem}
table.simulated td:last-child{min-width:16rem}
table.simulated tr.changed{background:var(--soft)}
ul.why{margin:0;padding-left:1.1rem}
@media (max-width:760px){table.simulated td,table.simulated td:last-child{min-width:0}ul.why{margin-top:.2rem}}
`;
