import { amounts, dates, quantity } from '../formats.mjs';
import { buyers } from '../buyers.mjs';

/** A French electrician: descriptions run over two lines, amounts have spaces between thousands. */
export const vendor = {
  id: 'lumiere',
  name: 'Lumière & Fils Électricité SARL',
  vatId: 'FR40303265045',
  iban: 'FR14 2004 1010 0505 0001 3M02 606',
  language: 'fr',
  currency: 'EUR',
  kind: 'invoice',
  taxRate: 20,
  most: 9,
  fractions: true,
  font: 'sans',
  buyers: buyers.fr,
  number: (random, { y }) => `FA${y}-${random.digits(4)}`,
  order: (random) => `CMD${random.digits(5)}`,
  catalogue: [
    { description: 'Tableau électrique 3 rangées,', more: 'pose et raccordement compris', price: 48900 },
    { description: 'Main-d’œuvre électricien qualifié', price: 5400 },
    { description: 'Câble R2V 3G2,5,', more: 'couronne de 100 m, âme cuivre', price: 11250 },
    { description: 'Applique murale extérieure,', more: 'détecteur de mouvement, noire', price: 7990 },
    { description: 'Déplacement zone 2', price: 4500 },
    { description: 'Prise double affleurante,', more: 'blanche, avec plaque', price: 1460 },
  ],
};

export const documents = [{}, {}, { discount: 10 }, { credit: true }, { lines: 6 }];

export function draw(sheet, purchase) {
  const money = (minor) => `${amounts.space(minor)} €`;
  const credit = purchase.kind === 'credit_note';
  sheet.put(0, vendor.name, { bold: true, size: 1.3 }).down(2);
  sheet.line([0, '18 rue des Artisans, 38000 Grenoble'], [60, purchase.buyer[0]]);
  sheet.line([0, `N° TVA intracommunautaire : ${vendor.vatId}`], [60, purchase.buyer[1]]);
  sheet.line([60, purchase.buyer[2]]).down();
  sheet.put(0, `${credit ? 'AVOIR' : 'FACTURE'} N° ${purchase.number}`, { bold: true, size: 1.3 }).down(2);
  sheet.line([0, `Date : ${dates.slashes(purchase.issued)}`]);
  if (!credit) sheet.line([0, `Échéance : ${dates.slashes(purchase.due)}`]);
  if (purchase.order) sheet.line([0, `Référence commande : ${purchase.order}`]);
  sheet.down();
  sheet
    .bold([0, 'Désignation'], [52, 'Qté', 'right'], [74, 'P.U. HT', 'right'], [96, 'Montant HT', 'right'])
    .rule();
  for (const line of purchase.lines) {
    sheet.line(
      [0, line.description],
      [52, quantity(line.quantity, ','), 'right'],
      [74, money(line.unitPrice), 'right'],
      [96, money(line.total), 'right'],
    );
    if (line.more) sheet.line([0, line.more]);
  }
  sheet.rule();
  if (purchase.discount !== 0)
    sheet.line([56, `Remise ${purchase.discountRate} %`], [96, money(-purchase.discount), 'right']);
  sheet.line([56, 'Total HT'], [96, money(purchase.net), 'right']);
  sheet.line([56, 'TVA 20 %'], [96, money(purchase.tax), 'right']);
  sheet.bold([56, 'Total TTC'], [96, money(purchase.grand), 'right']).down(2);
  sheet.line([0, 'Pas d’escompte pour paiement anticipé. Indemnité forfaitaire de recouvrement : 40 €']);
  sheet.line([0, `IBAN ${vendor.iban}`]);
}

export const hides = ({ kind }) => (kind === 'credit_note' ? ['due_date'] : []);
