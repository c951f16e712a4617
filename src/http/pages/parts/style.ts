/** What parts that several pages share look like. */
export const STYLE = `
.under{display:block;color:var(--muted);font-size:.87rem;overflow-wrap:anywhere}
table.runs th.name{min-width:12rem}
time{font-variant-numeric:tabular-nums}
.pager{display:flex;flex-wrap:wrap;gap:.6rem 1.2rem;align-items:center;margin:.7rem 0 0}
`;
