/** The package.json of a new plugin. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'

/** `folder` gives the name; Vivarium, in `root`, is linked from there, and the tools have its versions. */
export async function manifestOf (folder: string, root: string) {
  const { devDependencies } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> } // our own
  return {
    name: nameOf(folder),
    version: '0.1.0',
    description: 'Greets somebody.',
    type: 'module',
    main: 'index.ts',
    files: ['*.ts', 'lib/', 'processing-config-schema.json'],
    scripts: {
      test: 'vivarium test',
      try: 'vivarium run . --config config.json',
      check: 'vivarium check .',
      types: 'tsc'
    },
    devDependencies: {
      '@types/node': devDependencies['@types/node'],
      typescript: devDependencies.typescript,
      vivarium: `file:${path.relative(folder, root).split(path.sep).join('/') || '.'}`
    }
  }
}

/** As npm wants names: lower case, URL-safe. */
function nameOf (folder: string): string {
  const name = path.basename(folder).toLowerCase().replaceAll(/[^a-z0-9._~-]+/g, '-').replace(/^[._-]+|-+$/g, '')
  return name === '' ? 'my-plugin' : name
}
