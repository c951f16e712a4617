/** `docops migrate`: brings the database up to date and says what it did. `serve` and `worker` do it by themselves. */
import { Command } from 'commander';
import { readLocalSettings } from '../settings.js';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the database up to date, without starting anything')
    .action(async () => {
      const settings = readLocalSettings(process.env);
      const [{ openDatabase }, { createLog }, { migrate }, { migrateQueue }] = await Promise.all([
        import('../database.js'),
        import('../log.js'),
        import('../postgres/migrate.js'),
        import('../queue/index.js'),
      ]);
      const database = await openDatabase(settings, { log: createLog({ ...settings.log, level: 'warn' }) });
      try {
        const applied = await migrate(database.pool);
        for (const name of applied) process.stdout.write(`applied ${name}\n`);
        if (applied.length === 0) process.stdout.write('the state was up to date\n');
        const jobs =
          settings.queueRedisUrl === null
            ? await migrateQueue(database.url, undefined, database.password)
            : undefined;
        process.stdout.write(
          jobs === undefined
            ? 'jobs are in Redis, which needs no tables\n'
            : `the tables of the jobs are at version ${jobs}\n`,
        );
      } finally {
        await database.close();
      }
    });
}
