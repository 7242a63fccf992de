// Before each test file, in a process that runs many of them one after the other.
import 'reflect-metadata'; // before any class that describes the schema
import { afterAll } from 'vitest';
import { endFile } from './file-end.ts';

afterAll(endFile);
