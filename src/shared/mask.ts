/** What stands for a value that is there and not shown, here and in the database (audit.masked). */
export const mask = '***';
