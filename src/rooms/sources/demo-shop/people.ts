import { Random } from './random.ts';

/** Somebody who works in the demo shop, and where from. Addresses are of the ranges kept for documentation (RFC 5737). */
export interface StaffMember {
  readonly key: string;
  readonly displayName: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly application: string;
  readonly clientIp: string;
  readonly hostName: string;
}

function member(key: string, displayName: string, role: string, application: string, clientIp: string): StaffMember {
  const hostName = `${application === 'warehouse-app' ? 'scanner' : 'desk'}-${clientIp.split('.').at(-1)}.demo-shop.example`;
  return { key, displayName, email: `${key}@demo-shop.example`, roles: [role], application, clientIp, hostName };
}

export const staff = {
  admin: member('admin', 'Ada Brandt', 'ADMIN', 'admin-console', '192.0.2.11'),
  mia: member('mia', 'Mia Keller', 'SALES', 'admin-console', '192.0.2.21'),
  jonas: member('jonas', 'Jonas Weber', 'SALES', 'admin-console', '192.0.2.22'),
  priya: member('priya', 'Priya Nair', 'PRICING', 'admin-console', '192.0.2.31'),
  tom: member('tom', 'Tom Okafor', 'WAREHOUSE', 'warehouse-app', '198.51.100.41'),
  lena: member('lena', 'Lena Fischer', 'WAREHOUSE', 'warehouse-app', '198.51.100.42'),
  carlos: member('carlos', 'Carlos Mendes', 'SUPPORT', 'helpdesk', '192.0.2.51'),
  ines: member('ines', 'Ines Duarte', 'FINANCE', 'ledger', '192.0.2.61'),
} as const satisfies Readonly<Record<string, StaffMember>>;

export type StaffKey = keyof typeof staff;

export interface CatalogueCustomer {
  readonly key: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly address: string;
  readonly createdBy: StaffKey;
}

const givenNames = [
  'Nora',
  'Elias',
  'Hana',
  'Bruno',
  'Selma',
  'Viktor',
  'Paula',
  'Anton',
  'Leila',
  'Oscar',
  'Greta',
  'Samir',
  'Ruth',
  'Felix',
  'Yara',
];
const familyNames = [
  'Lindqvist',
  'Marchetti',
  'Osei',
  'Takeda',
  'Novak',
  'Haddad',
  'Petersen',
  'Almeida',
  'Kowal',
  'Reyes',
  'Sundar',
  'Vogt',
];
const streets = [
  'Harbour Road',
  'Mill Lane',
  'Garden Street',
  'Station Square',
  'Elm Avenue',
  'Quarry Hill',
  'Bridge Street',
  'Orchard Way',
];
const towns = ['Northport', 'Eastvale', 'Lakemoor', 'Stonebridge', 'Westhaven'];

/** Sixty customers, each with a name of its own; the telephone numbers are of the range kept for fiction. */
export function makeCustomers(): CatalogueCustomer[] {
  const random = new Random('customers');
  return Array.from({ length: 60 }, (_, i) => {
    const given = givenNames[i % givenNames.length] ?? '';
    const family = familyNames[(i * 7 + Math.floor(i / givenNames.length)) % familyNames.length] ?? '';
    return {
      key: `CUST-${String(i + 1).padStart(3, '0')}`,
      name: `${given} ${family}`,
      email: `${given}.${family}@mail.example`.toLowerCase(),
      phone: `+1 555 01${String(i).padStart(2, '0')}`,
      address: `${random.integer(1, 180)} ${random.pick(streets)}, ${random.pick(towns)}`,
      createdBy: random.pick(['mia', 'mia', 'jonas', 'carlos'] as const),
    };
  });
}
