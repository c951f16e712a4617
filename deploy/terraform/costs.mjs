#!/usr/bin/env node
/**
 * What an environment costs a month while nothing is evaluated, from its table of sizes and prices.json:
 *   node deploy/terraform/costs.mjs prod            the table
 *   node deploy/terraform/costs.mjs --write         the README of each environment
 * What depends on use is not in it; LEFT_OUT says what that is. A test compares the READMEs with this.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => new URL(path, import.meta.url);
const json = (path) => JSON.parse(readFileSync(here(path), 'utf8'));

/** Of the modules: endpoints of module network, keys and secrets of module secrets, rules of the firewall, alarms. */
export const COUNTS = { endpoints: 4, keys: 3, secrets: 6, rules: 5, alarms: 16 };

export const LEFT_OUT = [
  'evaluations: tasks on Fargate by the second, GPUs by the hour (the report of each says what it cost; $0.026 for 200 one-page documents with Tesseract, 2026-06)',
  'traffic: $0.045 for a GB through NAT, $0.01 through endpoints, $0.09 to the internet',
  'storage: S3, images, backups beyond the size of the database, logs ($0.50 for a GB taken in)',
  'Container Insights and requests to KMS, S3, SQS and Secrets Manager: a few dollars',
  'tasks beyond the least number, when autoscaling adds them; taxes, support, discounts',
];

/** `[what, how many of what, dollars a month]` */
export function costs(sizes, prices) {
  const { hours } = prices;
  const zones = sizes.zones.length;
  const nats = sizes.nat_per_zone ? zones : 1;
  const task = ({ cpu, memory_mib: memory, disk_gib: disk = 20 }) =>
    hours *
    ((cpu / 1024) * prices.fargate_vcpu_hour +
      (memory / 1024) * prices.fargate_gib_hour +
      Math.max(0, disk - 20) * prices.fargate_disk_gib_hour);
  const { instance_class: instance, storage_gib: storage, multi_az: twice } = sizes.database;
  const price = prices.database_hour[instance];
  if (price === undefined) throw new Error(`prices.json has no ${instance}: add its price for an hour`);
  const copies = twice ? 2 : 1;
  return [
    ['web', `${sizes.web.min_tasks} tasks`, sizes.web.min_tasks * task(sizes.web)],
    ['workers', `${sizes.worker.min_tasks} tasks`, sizes.worker.min_tasks * task(sizes.worker)],
    ['database', `${instance}, ${twice ? 'two zones' : 'one zone'}`, copies * price * hours],
    ['its disk', `${storage} GiB`, copies * storage * prices.database_storage_gib_month],
    ['NAT gateways', `${nats}`, nats * hours * (prices.nat_hour + prices.address_hour)],
    [
      'interface endpoints',
      `${COUNTS.endpoints} in ${zones} zones`,
      COUNTS.endpoints * zones * hours * prices.endpoint_zone_hour,
    ],
    [
      'load balancer',
      `one unit, ${zones} addresses`,
      hours * (prices.load_balancer_hour + prices.load_balancer_unit_hour + zones * prices.address_hour),
    ],
    ['firewall', `${COUNTS.rules} rules`, prices.firewall_month + COUNTS.rules * prices.firewall_rule_month],
    [
      'keys, secrets, alarms',
      `${COUNTS.keys}, ${COUNTS.secrets}, ${COUNTS.alarms}`,
      COUNTS.keys * prices.key_month +
        COUNTS.secrets * prices.secret_month +
        COUNTS.alarms * prices.alarm_month,
    ],
  ];
}

export function readme(environment) {
  const { sizes, protected: kept } = json(`environments/${environment}/sizes.auto.tfvars.json`);
  const prices = json('prices.json');
  const rows = costs(sizes, prices);
  const sum = rows.reduce((total, [, , dollars]) => total + dollars, 0);
  const money = (dollars) => `$${dollars.toFixed(dollars < 100 ? 2 : 0)}`;
  return `# ${environment}

One environment of DocOps on AWS; how it is installed: [docs/aws.md](../../../../docs/aws.md). It differs from the others in
\`sizes.auto.tfvars.json\` alone. ${kept ? 'Database, load balancer and keys are protected from deletion.' : 'It is made to be destroyed: nothing in it is protected from deletion but datasets.'}

## What it costs

At rest, a month of ${prices.hours} hours, list prices of us-east-1 as they were quoted until ${prices.date} (\`deploy/terraform/prices.json\`
names the pages that decide; look there before you rely on them):

| what | how much of it | a month |
|---|---|---|
${rows.map(([what, much, dollars]) => `| ${what} | ${much} | ${money(dollars)} |`).join('\n')}
| **together** | | **${money(sum)}** |

The budget of this environment is $${sizes.monthly_usd} a month; people are told at half of it, at 80 %, at all of it, and when it will be passed.

Not in it:

${LEFT_OUT.map((line) => `- ${line}`).join('\n')}

Written by \`node deploy/terraform/costs.mjs --write\`.
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [what] = process.argv.slice(2);
  if (what === '--write')
    for (const environment of ['dev', 'staging', 'prod'])
      writeFileSync(here(`environments/${environment}/README.md`), readme(environment));
  else if (['dev', 'staging', 'prod'].includes(what)) console.log(readme(what));
  else {
    console.error('costs.mjs: name dev, staging or prod, or --write');
    process.exit(64);
  }
}
