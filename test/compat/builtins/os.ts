import type { Snippets } from '../snippet.ts'

export default [
  { members: 'EOL devNull endianness type platform arch', run: os => [os.EOL, os.devNull, os.endianness(), os.type(), os.platform(), os.arch(), `${os.platform}`] },
  { members: 'constants', run: os => os.constants },
  { members: 'cpus availableParallelism', run: os => [Array.isArray(os.cpus()), typeof os.cpus()[0].model, typeof os.availableParallelism()] },
  { members: 'cpus', run: os => os.cpus().length > 1, differs: 'one processor, whatever the machine has' },
  { members: 'homedir hostname release version machine tmpdir', run: os => ['homedir', 'hostname', 'release', 'version', 'machine', 'tmpdir'].map(name => typeof os[name]()) },
  { members: 'homedir', run: os => os.homedir(), differs: '/home/node: nothing of the machine is told' },
  { members: 'hostname', run: os => os.hostname(), differs: 'localhost' },
  { members: 'tmpdir', run: os => os.tmpdir(), differs: 'the tmpDir of the run' },
  { members: 'userInfo', run: os => Object.keys(os.userInfo()).sort() },
  { members: 'freemem totalmem uptime loadavg', run: os => [os.freemem() > 0, os.totalmem() > 0, typeof os.uptime(), os.loadavg().length] },
  { members: 'networkInterfaces', run: os => Object.keys(os.networkInterfaces()).length > 0, differs: 'empty' },
  { members: 'getPriority setPriority', run: os => [os.getPriority(), os.setPriority(0)] }
] satisfies Snippets
