import type { Snippets } from '../snippet.ts'

export default [
  { members: 'version versions platform arch release', run: p => [p.version, p.versions.node, p.versions.v8, p.platform, p.arch, p.release.name, typeof p.versions.modules] },
  { members: 'env', run: p => { p.env.X_TEST = 'v'; const v = p.env.X_TEST; delete p.env.X_TEST; return [v, p.env.X_TEST] } },
  { members: 'env', run: p => Object.keys(p.env).length > 0, differs: 'empty at the start, an ordinary object' },
  { members: 'argv execArgv argv0 execPath', run: p => [Array.isArray(p.argv), Array.isArray(p.execArgv), typeof p.argv0, typeof p.execPath] },
  { members: 'pid', run: p => p.pid, differs: 'always 1' },
  { members: 'cwd', run: p => typeof p.cwd() },
  { members: 'nextTick', run: async p => { const seen: unknown[] = []; p.nextTick((...args: unknown[]) => seen.push(args), 1, 2); await null; await new Promise(resolve => setTimeout(resolve, 1)); return seen } },
  { members: 'nextTick', run: p => p.nextTick('x') },
  { members: 'nextTick', run: async p => { const seen: unknown[] = []; await null; const all = [new Promise<void>(resolve => p.nextTick(() => { seen.push('tick'); resolve() })), Promise.resolve().then(() => seen.push('p1')).then(() => seen.push('p2'))]; await Promise.all(all); return seen }, differs: 'asked for by a promise callback or after an await, it runs before promise callbacks that come later' },
  { members: 'hrtime uptime', run: p => [p.hrtime().length, typeof p.hrtime.bigint(), typeof p.uptime(), p.hrtime([0, 0]).length] },
  { members: 'umask getuid geteuid getgid getegid getgroups', run: p => [typeof p.umask(), typeof p.getuid(), typeof p.getgid(), Array.isArray(p.getgroups())] },
  { members: 'memoryUsage cpuUsage resourceUsage', run: p => [Object.keys(p.memoryUsage()).sort(), typeof p.memoryUsage.rss(), Object.keys(p.cpuUsage()).sort()] },
  { members: 'memoryUsage', run: p => p.memoryUsage().rss > 0, differs: 'zeros' },
  { members: 'stdout stderr', run: (p, require) => { const { Writable } = require('stream'); return [typeof p.stdout.write, p.stderr.fd, p.stdout.fd, p.stdout instanceof Writable, p.stdout.isTTY ?? false, p.stdout.writable] } },
  { members: 'stdin', run: p => [typeof p.stdin.on, p.stdin.fd] },
  { members: 'on once off emit listeners', run: (p, require) => { const EventEmitter = require('events'); const seen: string[] = []; const f = (x: string): void => { seen.push(x) }; p.on('my', f); p.emit('my', 'a'); p.off('my', f); p.once('my', f); p.emit('my', 'b'); p.emit('my', 'c'); return [seen, p instanceof EventEmitter, p.listenerCount('my')] } },
  { members: 'emitWarning', run: async p => await new Promise(resolve => { p.once('warning', (w: Error) => resolve([w.name, w.message, (w as any).code])); p.emitWarning('careful', 'Custom', 'C1') }) },
  { members: 'binding', run: p => { try { return typeof p.binding('nope') } catch (e) { return (e as Error).message } } },
  { members: 'chdir cwd', run: (p, require) => { const before = p.cwd(); require('fs').mkdirSync('a/b', { recursive: true }); p.chdir('a'); const one = p.cwd(); p.chdir('./b/..'); p.chdir('b'); const two = p.cwd(); p.chdir(before); const code = (f: () => void): unknown => { try { f() } catch (error) { return error } }; return [before, one, two, p.cwd(), code(() => p.chdir('none')), code(() => p.chdir(5)), code(() => p.chdir())] } },
  { members: 'getBuiltinModule', run: (p, require) => [p.getBuiltinModule('path') === require('path'), p.getBuiltinModule('nope')] },
  { members: 'exitCode', run: p => { const before = p.exitCode; p.exitCode = 3; const after = p.exitCode; p.exitCode = undefined; return [before, after] } },
  { members: 'title', run: p => typeof p.title },
  { members: 'features config allowedNodeEnvironmentFlags', run: p => [typeof p.features, typeof p.config, typeof p.allowedNodeEnvironmentFlags.has] },
  { members: 'availableMemory constrainedMemory getActiveResourcesInfo', run: p => [typeof p.availableMemory(), typeof p.constrainedMemory(), Array.isArray(p.getActiveResourcesInfo())] }
] satisfies Snippets
