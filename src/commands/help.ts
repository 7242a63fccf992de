import { type Variable, variables } from '../config-variables.ts';
import { type Command, UsageError } from './command.ts';

/** `commands` is called late, since help is one of them. */
export function helpFor(commands: () => readonly Command[]): Command {
  return {
    name: 'help',
    summary: 'Explain a command, or the configuration.',
    usage: 'whence help [COMMAND | config]',
    positionals: [0, 1],
    async run({ positionals: [topic], out }) {
      out(topic === undefined ? overview(commands()) : topic === 'config' ? configuration() : explanation(commands(), topic));
      return 0;
    },
  };
}

function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  return [
    'whence: who changed a row, what, when, where from, how and why.',
    '',
    'Usage: whence COMMAND [OPTIONS]',
    '',
    ...commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    'whence help COMMAND explains one; whence help config lists the environment variables.',
  ].join('\n');
}

function explanation(commands: readonly Command[], topic: string): string {
  const command = commands.find(({ name }) => name === topic);
  if (!command) throw new UsageError(`There is no command "${topic.slice(0, 60)}"; whence help lists them.`);
  return `${command.summary}\n\nUsage: ${command.usage}`;
}

function configuration(): string {
  const entries = Object.entries<Variable>(variables).map(([name, { unit, meaning, alias, ...variable }]) => {
    return `${name}\n  ${meaning}\n  Unit: ${unit}. Default: ${variable.default}.${alias ? ` Also read as ${alias}.` : ''}`;
  });
  return ['Environment variables:', ...entries].join('\n\n');
}
