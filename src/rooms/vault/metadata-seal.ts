import { Sealer } from '../../shared/sealer.ts';
import { isSecretName } from './secrets.ts';

type Fields = Readonly<Record<string, unknown>>;
const mask = '***';

/**
 * Metadata as the database keeps it. With a key its values are encrypted and bound to tenant and name; names stay readable, so that an operation's
 * end can add to what its begin said. Without one it is kept as it is.
 */
export class MetadataSeal {
  private readonly sealer: Sealer | null;

  constructor(key: string | null) {
    this.sealer = key === null ? null : new Sealer(key, 'whence vault metadata');
  }

  /** What stands under a name that says secret is not kept, sealed neither. */
  seal(tenant: string, metadata: Fields): Fields {
    const { sealer } = this;
    if (!sealer) return metadata;
    return mapped(metadata, (value, name) => ({ $sealed: sealer.seal(boundTo(tenant, name), JSON.stringify(withoutSecrets(value))) }));
  }

  /** `***` for what was sealed with another key. */
  open(tenant: string, metadata: Fields): Fields {
    return mapped(metadata, (value, name) => {
      const sealed = sealedIn(value);
      if (sealed === null) return value;
      const text = this.sealer?.open(boundTo(tenant, name), sealed) ?? null;
      return text === null ? mask : (JSON.parse(text) as unknown);
    });
  }
}

const boundTo = (tenant: string, name: string) => JSON.stringify([tenant, name]);

function sealedIn(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const [[name, sealed] = [], ...others] = Object.entries(value);
  return name === '$sealed' && typeof sealed === 'string' && others.length === 0 ? sealed : null;
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return mapped(value as Fields, (inner, name) => (isSecretName(name) && inner !== null ? mask : withoutSecrets(inner)));
}

function mapped(fields: Fields, change: (value: unknown, name: string) => unknown): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value, name)]));
}
