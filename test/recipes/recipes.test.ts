import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { packageRoot } from '../../src/shared/package-root.ts';
import { onEachDatabase, type TestDatabase } from '../support/databases.ts';

const folder = join(packageRoot, 'scripts/recipes');
const driverOfJava = '/usr/share/java/postgresql.jar';

const works = (command: string, ...options: string[]) => spawnSync(command, options, { stdio: 'ignore' }).status === 0;
const python = ['python3', '/usr/bin/python3'].find((command) => works(command, '-c', 'import sqlalchemy, psycopg2'));

const recipes: Record<string, { isHere: boolean; run: (url: URL) => void }> = {
  psql: {
    isHere: works('psql', '--version'),
    run: (url) => execFileSync('psql', ['-v', 'ON_ERROR_STOP=1', '-q', '-f', join(folder, 'psql.sql'), url.href]),
  },
  SQLAlchemy: {
    isHere: python !== undefined,
    run: (url) => execFileSync(python!, [join(folder, 'sqlalchemy_recipe.py')], { env: { ...process.env, DATABASE_URL: url.href } }),
  },
  Rails: {
    isHere: works('ruby', '-e', "require 'active_record'; require 'pg'"),
    run: (url) => execFileSync('ruby', [join(folder, 'rails_recipe.rb')], { env: { ...process.env, DATABASE_URL: url.href } }),
  },
  JDBC: {
    isHere: works('java', '-version') && existsSync(driverOfJava),
    run: (url) => {
      const jdbc = `jdbc:postgresql://${url.host}${url.pathname}?user=${url.username}&password=${url.password}`;
      execFileSync('java', ['-cp', driverOfJava, join(folder, 'JdbcRecipe.java')], { env: { ...process.env, JDBC_URL: jdbc } });
    },
  },
};

describe('the recipes of the README', () => {
  for (const [name, { isHere, run }] of Object.entries(recipes)) {
    if (!isHere) console.info(`recipes: ${name} is not installed here; its recipe was not tried`);
    else
      onEachDatabase(
        `${name} writes who and why beside a change`,
        async ({ owner, url }: TestDatabase) => {
          await owner.run(`create table public.toy (name text primary key, price numeric(10, 2)); insert into toy values ('kite', 12);
            select audit.track('public.toy')`);
          run(new URL(url!));
          const [entry] = await owner.run(
            sql`select actor, reason, reason_code, operation, before, after from audit.entry where record_key = 'kite'`,
          );
          expect(entry).toEqual({
            actor: 'ann',
            reason: 'Spring promotion',
            reason_code: 'PROMOTION',
            operation: 'UPDATE',
            before: { price: '12.00' },
            after: { price: '9.99' },
          });
        },
        { only: 'postgresql', fresh: true },
      );
  }

  if (python !== undefined) {
    onEachDatabase(
      'SQLAlchemy proves who acts, with the secret that the database shares',
      async ({ owner, url }: TestDatabase) => {
        const secret = 'schlüssel of 32 bytes, or of many more';
        await owner.run(`create table public.toy (name text primary key, price numeric(10, 2)); insert into toy values ('kite', 12);
          select audit.track('public.toy')`);
        await owner.run(sql`select audit.set_actor_secret(${secret})::text`);
        const env = { ...process.env, DATABASE_URL: url!, WHENCE_ACTOR_SECRET: secret };
        execFileSync(python, [join(folder, 'sqlalchemy_proven_recipe.py')], { env });
        expect(await owner.run(sql`select v.actor, v.tenant from audit.verified_actor v join audit.entry e on e.xid = v.xid`)).toEqual([
          { actor: 'ann', tenant: 'demo' },
        ]);
      },
      { only: 'postgresql', fresh: true },
    );
  }
});
