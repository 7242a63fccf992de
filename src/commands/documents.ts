import { configFrom } from '../config.ts';
import { readDocuments } from '../documents.ts';
import type { Command } from './command.ts';

export const documents: Command = {
  name: 'documents',
  summary: 'List the documents that callers may ask by their id.',
  usage: `whence documents

One line each: the id (GET /graphql?documentId=ID), and the file it comes from. WHENCE_DOCUMENTS adds some of your own.`,
  async run({ environment, out }) {
    for (const { id, name } of readDocuments(configFrom(environment).documents.path)) out(`${id}  ${name}`);
    return 0;
  },
};
