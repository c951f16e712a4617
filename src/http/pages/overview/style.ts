/** What the first page adds to the sheet. */
export const STYLE = `
table.overview td,table.overview th.name{padding-top:.6rem;padding-bottom:.6rem}
table.overview th.name{font-weight:600}
ul.plain-list{list-style:none;margin:0;padding:0}
ul.plain-list>li+li{margin-top:.5rem}
td.spend{font-variant-numeric:tabular-nums;min-width:9.5rem}
svg.spend-bar{display:block;width:100%;max-width:12rem;height:.45rem;border-radius:3px;margin:.3rem 0}
`;
