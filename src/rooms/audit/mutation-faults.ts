import { DatabaseFault } from '../../database/faults.ts';
import { refusal, type UserError, type UserErrorCode, userError } from '../../shared/user-error.ts';

/** SQLSTATE to the code for callers. */
const codes: Readonly<Record<string, UserErrorCode>> = {
  '22023': 'INVALID', // invalid_parameter_value
  '23505': 'ALREADY_EXISTS',
  '42501': 'FORBIDDEN',
  '42703': 'NOT_FOUND', // undefined_column
  '42704': 'NOT_FOUND', // undefined_object
  '42809': 'INVALID', // wrong_object_type
  '42P01': 'NOT_FOUND', // undefined_table
  '42P16': 'INVALID', // invalid_table_definition
  '55000': 'CONFLICT', // object_not_in_prerequisite_state
  P0002: 'NOT_FOUND', // no_data_found
};

/** What a function of ours raised on purpose, in its own words; null for any other error. */
export function raised(error: unknown): UserError | null {
  if (!(error instanceof DatabaseFault) || !isRaised(error)) return null;
  const code = codes[error.sqlState];
  return code === undefined ? null : userError(code, error.message);
}

/** Tells what a function raised, with the input field that is at fault. */
export function explained(fields: Readonly<Record<string, string>>): (error: unknown) => never {
  return (error) => {
    const told = raised(error);
    throw told ? refusal(told.code, told.message, fields[told.code]) : error;
  };
}

/** PostgreSQL names the routine that an error comes from: for `raise exception` it is this one. */
function isRaised(fault: DatabaseFault): boolean {
  const { cause } = fault;
  return typeof cause === 'object' && cause !== null && 'routine' in cause && cause.routine === 'exec_stmt_raise';
}

/** Texts and documents that a caller gives; longer ones are refused before they reach the database. */
const limits = { name: 500, text: 10_000, detailsBytes: 65_536 } as const;

/** @throws Refusal `INVALID` when it is empty, `TOO_LARGE` when it is too long. */
export function checkText(text: string | null | undefined, field: string, limit: 'name' | 'text' = 'name'): void {
  if (text === null || text === undefined) return;
  if (text.trim() === '') throw refusal('INVALID', `"${field}" is empty.`, field);
  if (text.length > limits[limit]) throw refusal('TOO_LARGE', `"${field}" has more than ${limits[limit]} characters.`, field);
}

/** @throws Refusal `TOO_LARGE` when it is too long as JSON. */
export function checkDetails(details: object | null | undefined, field = 'details'): void {
  if (details && Buffer.byteLength(JSON.stringify(details)) > limits.detailsBytes) {
    throw refusal('TOO_LARGE', `"${field}" is longer than ${limits.detailsBytes} bytes.`, field);
  }
}
