/** Customers by language: name, street, place. All invented. */
export const buyers = {
  de: [
    ['Morgentau Naturkost GmbH', 'Lindenallee 14', '50667 Köln'],
    ['Schreinerei Oberhuber', 'Am Sägewerk 3', '83022 Rosenheim'],
    ['Praxis Dr. Weißgerber', 'Südstraße 88a', '04277 Leipzig'],
    ['Hafenkante Event KG', 'Kaiufer 21', '20457 Hamburg'],
  ],
  ch: [
    ['Seeblick Hotel AG', 'Uferweg 2', '6353 Weggis'],
    ['Bergbahn Rotstock AG', 'Talstation 1', '6390 Engelberg'],
    ['Kantonale Baumschule Aarfeld', 'Gärtnerweg 40', '5000 Aarau'],
  ],
  en: [
    ['Fenwick & Daughters Ltd', '12 Tanner Row', 'Leeds LS1 4AP'],
    ['Harbour Lane Dental Practice', '3 Harbour Lane', 'Plymouth PL1 3RT'],
    ['Oakmoor Primary School', 'Oakmoor Road', 'Derby DE22 1QT'],
  ],
  us: [
    ['Cedar Ridge Veterinary Clinic', '4410 Cedar Ridge Dr', 'Boise, ID 83702'],
    ['Lakefront Cycling Co-op', '88 Marina Blvd', 'Duluth, MN 55802'],
    ['Tall Pines Lodge LLC', '19 Forest Rd 7', 'Bend, OR 97701'],
  ],
  fr: [
    ['Boulangerie Les Deux Épis', '7 rue du Moulin', '69003 Lyon'],
    ['Atelier Céladon SARL', '22 quai des Tanneurs', '44000 Nantes'],
    ['Cabinet Lefèvre et Associés', '5 place de la Halle', '31000 Toulouse'],
  ],
  es: [
    ['Clínica Dental Alborada S.L.', 'Calle del Olmo 12', '28012 Madrid'],
    ['Panadería Hermanos Peña', 'Avda. de la Estación 3', '41003 Sevilla'],
    ['Colegio Mirador del Mar', 'Paseo Marítimo 55', '29016 Málaga'],
  ],
  nl: [
    ['Fietsenmakerij De Spaak', 'Kanaalstraat 18', '3531 CJ Utrecht'],
    ['Restaurant Het Zeepaard B.V.', 'Havenkade 5', '4381 AN Vlissingen'],
    ['Huisartsenpraktijk Ter Linden', 'Dorpsplein 1', '7431 BK Diepenveen'],
  ],
};
