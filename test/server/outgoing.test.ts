import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { outgoingHttp } from '../../src/server/outgoing-http.ts';
import { OutgoingNetworks } from '../../src/server/outgoing-networks.ts';

const never = new AbortController().signal;
const closing: Server[] = [];
afterAll(() => {
  for (const server of closing) server.close();
});

async function portOf(server: Server): Promise<number> {
  closing.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('addresses', () => {
  const networks = new OutgoingNetworks([]);
  const inside: readonly [string, readonly string[]][] = [
    ['of this machine', ['127.0.0.1', '127.255.255.254', '0.0.0.0', '0.1.2.3', '::1', '::']],
    ['private', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.0.1', 'fc00::1', 'fdff::1']],
    ['link-local', ['169.254.0.1', 'fe80::1', 'fe80::1%eth0', 'febf::1', 'fec0::1']],
    ['of a provider, where metadata are', ['169.254.169.254', '100.100.100.200', '192.0.0.192', '168.63.129.16', 'fd00:ec2::254']],
    ['shared by carriers', ['100.64.0.1', '100.127.255.255']],
    ['multicast and broadcast', ['224.0.0.1', '239.255.255.255', '255.255.255.255', '240.0.0.1', 'ff02::1', 'ff0e::1']],
    [
      'IPv4 inside IPv6',
      [
        '::ffff:127.0.0.1',
        '::ffff:7f00:1',
        '::ffff:93.184.215.14',
        '::127.0.0.1',
        '64:ff9b::7f00:1',
        '64:ff9b:1::1',
        '2002:7f00:1::',
        '2001::1',
      ],
    ],
    ['for tests and documents', ['192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '2001:db8::1', '3fff::1', '100::1', '5f00::1']],
    ['no address at all', ['', 'localhost', '1.2.3', '1.2.3.4.5', '01.2.3.4']],
  ];
  it.each(inside)('%s are refused', (_kind, addresses) => {
    expect(addresses.filter((address) => networks.mayBeReached(address))).toEqual([]);
  });

  it('that are public are not', () => {
    const outside = [
      '1.1.1.1',
      '93.184.215.14',
      '100.63.255.255',
      '100.128.0.1',
      '172.32.0.1',
      '192.167.255.255',
      '223.255.255.255',
      '2606:4700::1111',
    ];
    expect(outside.filter((address) => !networks.mayBeReached(address))).toEqual([]);
  });

  it('in a network that was named may be reached, and its neighbours may not', () => {
    const named = new OutgoingNetworks(['10.1.0.0/16', 'fd00:1::/32', '192.168.7.7']);
    const tried = ['10.1.2.3', '::ffff:10.1.2.3', '10.2.0.1', 'fd00:1::9', 'fd00:2::9', '192.168.7.7', '192.168.7.8'];
    expect(tried.map((address) => named.mayBeReached(address))).toEqual([true, true, false, true, false, true, false]);
  });
});

describe('what is sent to a URL that a caller names', () => {
  const strict = outgoingHttp({ allowed: [], timeoutMs: 2_000 });
  const kindOf = async (url: string) => (await strict.refusalOf(url))?.kind ?? null;

  it('is refused for private addresses in any spelling, and for names that lead to them', async () => {
    const spellings = [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '169.254.169.254',
      'localhost',
    ];
    expect(await Promise.all(spellings.map((host) => kindOf(`https://${host}/hook`)))).toEqual(spellings.map(() => 'REFUSED'));
    expect(await kindOf('https://1.1.1.1/hook')).toBeNull();
    expect(await kindOf('http://1.1.1.1/hook')).toBe('REFUSED'); // in the clear
    expect(await kindOf('https://no-such-name.invalid/')).toBe('UNKNOWN_NAME');
    for (const url of ['ftp://1.1.1.1/', 'file:///etc/passwd', 'https://ann:secret@1.1.1.1/', 'https://1.1.1.1/#there', 'nowhere', '']) {
      expect(await kindOf(url)).toBe('MALFORMED');
    }
    expect((await strict.refusalOf('https://localhost/'))?.message).not.toMatch(/127|::1/);
  });

  it('is refused for a name of which one address is private, also when it is sent', async () => {
    const mixed = outgoingHttp({ allowed: [], timeoutMs: 2_000, resolve: async () => ['1.1.1.1', '10.0.0.1'] });
    expect((await mixed.refusalOf('https://hooks.example/'))?.kind).toBe('REFUSED');
    await expect(mixed.post('https://hooks.example/', {}, '{}', never)).rejects.toMatchObject({ kind: 'REFUSED' });
  });

  it('goes to the address that was checked, whatever the name leads to a moment later', async () => {
    const hosts: (string | undefined)[] = [];
    const port = await portOf(
      createServer((request, response) => {
        hosts.push(request.headers.host);
        response.end();
      }),
    );
    const answers = [['127.0.0.1'], ['10.0.0.1']];
    const rebound = outgoingHttp({ allowed: ['127.0.0.1'], timeoutMs: 2_000, resolve: async () => answers.shift() ?? [] });
    expect(await rebound.post(`http://hooks.example:${port}/`, {}, '{}', never)).toBe(200);
    expect([hosts, answers]).toEqual([[`hooks.example:${port}`], [['10.0.0.1']]]); // looked up once
    await expect(rebound.post(`http://hooks.example:${port}/`, {}, '{}', never)).rejects.toMatchObject({ kind: 'REFUSED' });
  });

  it('follows no redirect, takes no more of an answer than it needs, and waits no longer than it should', async () => {
    const asked: (string | undefined)[] = [];
    const port = await portOf(
      createServer((request, response) => {
        asked.push(request.url);
        if (request.url === '/away') response.writeHead(307, { location: '/inside' }).end();
        else if (request.url === '/silent') return;
        else {
          response.writeHead(200);
          const fill = setInterval(() => response.write('x'.repeat(65_536)), 1); // without end
          response.on('close', () => clearInterval(fill)).on('close', () => asked.push('closed'));
        }
      }),
    );
    const here = outgoingHttp({ allowed: ['127.0.0.1'], timeoutMs: 300 });
    const post = (path: string) => here.post(`http://127.0.0.1:${port}${path}`, {}, '{}', never);
    expect(await post('/away')).toBe(307);
    expect(await post('/endless')).toBe(200);
    for (let waited = 0; !asked.includes('closed') && waited < 5_000; waited += 10) await new Promise((resolve) => setTimeout(resolve, 10));
    await expect(post('/silent')).rejects.toMatchObject({ kind: 'FAILED', message: 'It did not answer in time.' });
    expect(asked).toEqual(['/away', '/endless', 'closed', '/silent']);
    const slowName = outgoingHttp({ allowed: [], timeoutMs: 50, resolve: () => new Promise(() => {}) });
    await expect(slowName.post('https://hooks.example/', {}, '{}', never)).rejects.toMatchObject({ message: 'It did not answer in time.' });
  });

  it('is not told to who cannot prove that the name is theirs', async () => {
    const names: string[] = [];
    let requests = 0;
    const SNICallback = (name: string, give: (error: null) => void) => {
      names.push(name);
      give(null);
    };
    const server = createTlsServer({ key, cert, SNICallback }, () => requests++);
    const port = await portOf(server);
    const here = outgoingHttp({ allowed: ['127.0.0.1'], timeoutMs: 2_000, resolve: async () => ['127.0.0.1'] });
    const sent = here.post(`https://hooks.example:${port}/`, {}, '{}', never);
    await expect(sent).rejects.toMatchObject({ kind: 'FAILED', message: 'The connection failed: DEPTH_ZERO_SELF_SIGNED_CERT.' });
    expect([names, requests]).toEqual([['hooks.example'], 0]);
  });
});

// Of nobody: made for this test, signed by itself.
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgK9ueuPsZmKTdVgeA
sOzdmMjWjGpnwFXRuuJEo3UR9FqhRANCAAR0+2rA0Bg7wapVQ/lN9FDM0mwB8kds
MJAx1T88gzXpAc4dNJiKRJ6fRdTlECfWK9SpSPdnco6BOq6fgwtqpK9O
-----END PRIVATE KEY-----`;
const cert = `-----BEGIN CERTIFICATE-----
MIIBojCCAUegAwIBAgIUQrBqGzE8pqfNf7H1qB34mo7FkhMwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNaG9va3MuZXhhbXBsZTAgFw0yNjExMjExNzU2MzBaGA8yMTI2
MTAyODE3NTYzMFowGDEWMBQGA1UEAwwNaG9va3MuZXhhbXBsZTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABHT7asDQGDvBqlVD+U30UMzSbAHyR2wwkDHVPzyDNekB
zh00mIpEnp9F1OUQJ9Yr1KlI92dyjoE6rp+DC2qkr06jbTBrMB0GA1UdDgQWBBSb
zTuxfP/j2JM5BjduhggGo9VOIzAfBgNVHSMEGDAWgBSbzTuxfP/j2JM5BjduhggG
o9VOIzAPBgNVHRMBAf8EBTADAQH/MBgGA1UdEQQRMA+CDWhvb2tzLmV4YW1wbGUw
CgYIKoZIzj0EAwIDSQAwRgIhALRLDOfXdAcGlN12B+YXwEO2GWUuUhLxBDMGgkIh
nybrAiEAsEJy/llmMkPk7DvCrwof5WvFpgtWghVGl6gksuz04uE=
-----END CERTIFICATE-----`;
