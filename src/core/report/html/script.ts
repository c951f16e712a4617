/**
 * The page's script: sorting, filtering, opening a linked document, saving the JSON. The page is complete without it.
 * Plain JavaScript for browsers, kept as text because it runs there and never here.
 */
export const SCRIPT = String.raw`
'use strict';
(() => {
  const number = (cell) => {
    const value = cell === undefined ? '' : cell.dataset.sort ?? cell.textContent.trim();
    return value === '' ? null : Number(value);
  };
  const text = (cell) => (cell === undefined ? '' : cell.dataset.sort ?? cell.textContent.trim());

  for (const table of document.querySelectorAll('table[data-sortable]')) {
    const body = table.tBodies[0];
    // Rows that belong together (a table field and its columns) stay together.
    const groups = [];
    for (const row of body.rows) {
      if (row.classList.contains('column') && groups.length > 0) groups[groups.length - 1].push(row);
      else groups.push([row]);
    }
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, index) => {
      if (head.dataset.kind === undefined) return;
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener('click', () => {
        const down = head.getAttribute('aria-sort') === 'ascending';
        for (const other of heads) other.removeAttribute('aria-sort');
        head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
        const sign = down ? -1 : 1;
        const order = [...groups].sort((a, b) => {
          if (head.dataset.kind === 'text') {
            return sign * text(a[0].cells[index]).localeCompare(text(b[0].cells[index]), undefined, { numeric: true });
          }
          const [x, y] = [number(a[0].cells[index]), number(b[0].cells[index])];
          // What has no number comes last, whichever way.
          if (x === null || y === null) return Number(x === null) - Number(y === null);
          return sign * (x - y);
        });
        body.append(...order.flat());
      });
    });
  }

  for (const form of document.querySelectorAll('form[data-filter]')) {
    form.hidden = false;
    const targets = [...document.querySelectorAll(form.dataset.filter)];
    const output = form.querySelector('output');
    const apply = () => {
      const words = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
      const state = form.elements.state.value;
      let shown = 0;
      let kept = false;
      for (const target of targets) {
        if (target.classList.contains('column')) {
          target.hidden = !kept;
          continue;
        }
        const inText = (target.dataset.text ?? target.textContent).toLowerCase();
        kept = words.every((word) => inText.includes(word)) && (state === '' || target.dataset.state.split(' ').includes(state));
        target.hidden = !kept;
        if (kept && target.tagName === 'TR') shown += 1;
      }
      output.textContent = shown + ' of ' + targets.filter((target) => target.tagName === 'TR' && !target.classList.contains('column')).length + ' shown';
    };
    form.addEventListener('input', apply);
    form.addEventListener('submit', (event) => event.preventDefault());
    apply();
  }

  const open = () => {
    const target = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
    if (target instanceof HTMLDetailsElement) {
      target.hidden = false;
      target.open = true;
      target.scrollIntoView();
    }
  };
  window.addEventListener('hashchange', open);
  open();

  const data = document.getElementById('report-json');
  const save = document.getElementById('save-json');
  if (data !== null && save !== null) {
    save.hidden = false;
    save.addEventListener('click', () => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([data.textContent], { type: 'application/json' }));
      link.download = save.dataset.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    });
  }
})();
`;
