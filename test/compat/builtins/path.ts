import type { Snippets } from '../snippet.ts'

export default [
  { members: 'join', run: path => [path.join('a', '..', '/b', './c/'), path.join(''), path.join('/', '..', 'x'), path.join('a\\b', 'c')] },
  { members: 'resolve', run: path => [path.resolve('/a', 'b', '../c'), path.resolve('/a', '/b'), path.resolve('/')] },
  { members: 'normalize', run: path => ['./a//b/../c/', '', '/..', 'a/../..', './'].map(path.normalize) },
  { members: 'isAbsolute', run: path => ['/a', 'a', '', './a'].map(path.isAbsolute) },
  { members: 'relative', run: path => [path.relative('/a/b/c', '/a/d'), path.relative('/a', '/a'), path.relative('/a/b', '/a/bc'), path.relative('/', '/x')] },
  { members: 'dirname', run: path => ['/a/b', 'a', '/', '', '/a', 'a/b/'].map(path.dirname) },
  { members: 'basename', run: path => [path.basename('/a/b.html'), path.basename('/a/b.html', '.html'), path.basename('.html', '.html'), path.basename('a/'), path.basename('')] },
  { members: 'extname', run: path => ['a.b', '.b', 'a.', 'a', 'a.b.c', '.a.b', '..'].map(path.extname) },
  { members: 'parse', run: path => ['/a/b.c', 'b', '/', './a/b.tar.gz', ''].map(path.parse) },
  { members: 'format', run: path => [path.format({ dir: '/a', base: 'b.c' }), path.format({ root: '/', name: 'b', ext: 'c' }), path.format({ name: 'x' })] },
  { members: 'sep delimiter', run: path => [path.sep, path.delimiter] },
  { members: 'posix win32', run: path => [path.posix === path, path.win32.win32 === path.win32, path.win32.posix === path, path.win32.sep, path.win32.delimiter] },
  { members: 'toNamespacedPath', run: path => [path.toNamespacedPath('/a'), path.toNamespacedPath(3)] },
  { members: 'join', run: path => path.join('a', 3) },
  { members: 'basename', run: path => path.basename(undefined) },
  { members: 'win32', run: ({ win32 }) => ['C:\\a\\..\\b', 'C:a', '\\\\s\\share\\x\\..\\y', '/a/b', '..\\..\\a', 'C:\\', '', 'a//b\\c/', '\\\\s\\share'].map(win32.normalize) },
  { members: 'win32', run: ({ win32 }) => ['C:\\a\\b.c', 'b', 'C:', 'C:\\', '\\\\s\\share\\a', '\\a\\b', '/a/b', 'a/b.tar.gz', './x', 'C:a', ''].map(text => [win32.parse(text), win32.dirname(text), win32.basename(text), win32.extname(text), win32.isAbsolute(text)]) },
  { members: 'win32', run: ({ win32 }) => [win32.join('a', '..', 'b'), win32.join('C:\\a', 'b'), win32.join('//s', 'share', 'a'), win32.join('\\\\', 'a'), win32.join('/', 'a')] },
  { members: 'win32', run: ({ win32 }) => [win32.resolve('C:\\a', 'b'), win32.resolve('C:\\a', 'D:\\b', '..\\c'), win32.resolve('C:\\', '..'), win32.relative('C:\\a\\b', 'C:\\A\\c'), win32.relative('C:\\a', 'D:\\a'), win32.format({ dir: 'C:\\a', name: 'b', ext: 'c' }), win32.toNamespacedPath('C:\\a'), win32.toNamespacedPath('\\\\s\\share\\a')] },
  { members: 'win32', run: ({ win32 }) => [win32.relative('C:\\', '\\'), win32.normalize('\\\\.\\a')], differs: 'win32: relative() of paths of which only one names a drive, and device paths (\\\\.\\) are taken as others' }
] satisfies Snippets
