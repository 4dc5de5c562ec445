import type { Snippets } from '../snippet.ts'

export default [
  { members: 'Socket', run: (net, require) => { const socket = new net.Socket(); class Mine extends net.Socket {} return [socket.readyState, socket.pending, socket.connecting, socket instanceof require('stream').Duplex, new Mine() instanceof net.Socket, net.Socket() instanceof net.Socket, net.Stream === net.Socket, socket.setNoDelay() === socket, socket.destroy().destroyed] } },
  { members: 'isIP isIPv4 isIPv6', run: net => ['127.0.0.1', '256.1.1.1', '1.2.3', '1.2.3.4.', '01.2.3.4', '::1', '::', '1::', 'fe80::1%eth0', 'fe80::1%', 'a%b%c', '::ffff:1.2.3.4', '1.2.3.4::', '::1.2.3.4:5', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:7:1.2.3.4', '1::2::3', ':::', ':1', '1:', '12345::', 'g::', '1:2:3:4:5:6:7::', '::2:3:4:5:6:7:8', '1:2:3:4::5:6:7:8', '', undefined, null, 1, {}, '[::1]', ' ::1'].map(text => [net.isIP(text), net.isIPv4(text), net.isIPv6(text)]) }
] satisfies Snippets
