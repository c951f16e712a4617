import { amounts, dates, quantity } from '../formats.mjs';
import { buyers } from '../buyers.mjs';

/** A Spanish translation office: dates in words, totals in a row of boxes under their headings. */
export const vendor = {
  id: 'ribera',
  name: 'Ribera Traducciones S.L.',
  vatId: 'ESB58378431',
  iban: 'ES91 2100 0418 4502 0005 1332',
  language: 'es',
  currency: 'EUR',
  kind: 'invoice',
  taxRate: 21,
  most: 30,
  fractions: true,
  font: 'serif',
  buyers: buyers.es,
  number: (random, { y }) => `${random.digits(3)}/${y}`,
  order: (random) => `P${random.digits(4)}`,
  catalogue: [
    { description: 'Traducción jurada EN-ES,', more: 'precio por página de 250 palabras', price: 3850 },
    { description: 'Interpretación simultánea, hora', price: 12000 },
    { description: 'Revisión de textos, hora', price: 4275 },
    { description: 'Maquetación de folleto', more: 'tríptico, dos pruebas incluidas', price: 21000 },
    { description: 'Tarifa de urgencia', price: 9000 },
  ],
};

export const documents = [{}, {}, { lines: 5 }, { credit: true }, { discount: 4 }];

export function draw(sheet, purchase) {
  const money = (minor) => `${amounts.comma(minor)} €`;
  const credit = purchase.kind === 'credit_note';
  sheet.put(0, credit ? 'FACTURA RECTIFICATIVA' : 'FACTURA', { bold: true, size: 1.5 }).down(2);
  sheet.line([0, vendor.name], [52, 'Cliente:']);
  sheet.line([0, `CIF ${vendor.vatId}`], [52, purchase.buyer[0]]);
  sheet.line([0, 'Calle Ribera 20, 46002 Valencia'], [52, purchase.buyer[1]]);
  sheet.line([52, purchase.buyer[2]]).down();
  sheet.line([0, `Factura nº ${purchase.number}`], [52, `Valencia, ${dates.spanish(purchase.issued)}`]);
  if (purchase.order) sheet.line([0, `Su pedido: ${purchase.order}`]);
  if (!credit) sheet.line([52, `Vencimiento: ${dates.spanish(purchase.due)}`]);
  sheet.down();
  sheet.bold([0, 'Cantidad'], [12, 'Concepto'], [76, 'Precio', 'right'], [96, 'Importe', 'right']).rule();
  for (const line of purchase.lines) {
    sheet.line(
      [8, quantity(line.quantity, ','), 'right'],
      [12, line.description],
      [76, money(line.unitPrice), 'right'],
      [96, money(line.total), 'right'],
    );
    if (line.more) sheet.line([12, line.more]);
  }
  if (purchase.discount !== 0)
    sheet.line([12, `Descuento ${purchase.discountRate} %`], [96, money(-purchase.discount), 'right']);
  sheet.rule().down();
  sheet.bold(
    [20, 'Base imponible', 'right'],
    [32, 'IVA', 'right'],
    [54, 'Cuota', 'right'],
    [96, 'TOTAL', 'right'],
  );
  sheet.line(
    [20, money(purchase.net), 'right'],
    [32, '21 %', 'right'],
    [54, money(purchase.tax), 'right'],
    [96, money(purchase.grand), 'right'],
  );
  sheet.down(2).line([0, `Forma de pago: transferencia a ${vendor.iban}`]);
}

export const hides = ({ kind }) => (kind === 'credit_note' ? ['due_date'] : []);
