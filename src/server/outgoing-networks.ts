import { BlockList, isIP } from 'node:net';

type Network = readonly [address: string, bits: number];

// Special-purpose addresses of the IANA registries: nothing public answers there, but the machine, its neighbours or its provider may.
const inside4: readonly Network[] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // shared by carriers; metadata of one provider
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, metadata
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments, metadata of one provider
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // relays to IPv6
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
  ['168.63.129.16', 32], // metadata of one provider, on a public address
];
/** All public IPv6 addresses lie here: loopback, unique-local, link-local, multicast, IPv4-mapped and translated ones do not. */
const global6: Network = ['2000::', 3];
const inside6: readonly Network[] = [
  ['2001::', 23], // protocol assignments, among them Teredo, which holds IPv4 addresses
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4, which holds IPv4 addresses
  ['3fff::', 20], // documentation
];

/** Which addresses requests to the outside may go to. */
export class OutgoingNetworks {
  private readonly inside = new BlockList();
  private readonly global = new BlockList();
  private readonly allowed = new BlockList();

  /** @param allowed networks in CIDR form, or addresses, that may be reached although they are not public. */
  constructor(allowed: readonly string[]) {
    for (const [address, bits] of inside4) this.inside.addSubnet(address, bits, 'ipv4');
    for (const [address, bits] of inside6) this.inside.addSubnet(address, bits, 'ipv6');
    this.global.addSubnet(...global6, 'ipv6');
    for (const network of allowed) {
      const [address = '', bits] = network.split('/');
      const isIPv4 = isIP(address) === 4;
      this.allowed.addSubnet(address, bits === undefined ? (isIPv4 ? 32 : 128) : Number(bits), isIPv4 ? 'ipv4' : 'ipv6');
    }
  }

  /** Whether the operator named it. */
  isNamed(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.allowed.check(address, version === 4 ? 'ipv4' : 'ipv6');
  }

  mayBeReached(address: string): boolean {
    if (this.isNamed(address)) return true;
    const version = isIP(address);
    if (version === 4) return !this.inside.check(address, 'ipv4');
    return version === 6 && this.global.check(address, 'ipv6') && !this.inside.check(address, 'ipv6');
  }
}
