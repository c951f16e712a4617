export const STYLE = `
.secret{display:inline-block;user-select:all;background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.5rem .8rem;overflow-wrap:anywhere;font-size:1rem}
.token-form{max-width:40rem}
.token-field{display:flex;flex-direction:column;align-items:flex-start;gap:.25rem;margin:.4rem 0 1rem;font-weight:600}
.token-field>*{font-weight:400}
.token-field input[type=text]{width:100%}
.token-form fieldset{border:1px solid var(--line);border-radius:8px;margin:0 0 1rem;padding:.5rem 1rem .7rem;min-width:0}
.token-form legend{font-weight:600;padding:0 .3rem}
.token-scope{display:flex;gap:.6rem;align-items:baseline;padding:.2rem 0}
.token-scope>span{min-width:0;overflow-wrap:anywhere}
.token-state{display:inline-flex;flex-wrap:wrap;gap:.3rem .7rem;align-items:center}
.token-state form{margin:0}
`;
