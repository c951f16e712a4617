export const STYLE = `
.ledger-files{display:flex;flex-wrap:wrap;gap:.3rem 1rem;margin-left:auto}
table.ledger td{overflow-wrap:anywhere}
table.ledger td.why{max-width:26rem}
table.ledger tbody th{font-weight:600;overflow-wrap:anywhere;min-width:5.5rem}
.hash{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.78rem}
.ledger-links{display:inline-flex;flex-wrap:wrap;gap:.15rem .7rem}
@media (max-width:760px){.ledger-files{margin-left:0}table.ledger td.none{display:none}}
`;
