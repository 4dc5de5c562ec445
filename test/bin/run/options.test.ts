import assert from 'node:assert/strict'
import { readRunOptions, UsageError } from '../../../bin/run/options.ts'

describe('vivarium run: arguments', () => {
  it('are read in any order, --allow repeatedly', () => {
    assert.deepEqual(readRunOptions(['--trace', 'plugin', '--allow', 'a:1', '--config=c.json', '--allow', '[::1]:2', '--data-fair', 'http://localhost:5600/data-fair/']), {
      plugin: 'plugin', config: 'c.json', secrets: undefined, dataFair: 'http://localhost:5600/data-fair', allow: ['a:1', '[::1]:2'], watch: false, trace: true, debug: false
    })
  })

  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /^The folder or the \.tgz of a plugin is wanted/],
    [['a', 'b'], /^One plugin is wanted, found "b" too\.$/],
    [['a', '--wat'], /--wat/],
    [['a', '--config'], /--config/],
    [['a.tgz', '--watch'], /^--watch looks at the files of a folder/],
    [['a', '--data-fair', 'localhost:5600'], /^--data-fair wants an address such as/],
    [['a', '--allow', 'localhost'], /^--allow wants host:port, found "localhost"\.$/]
  ]
  for (const [args, sentence] of wrong) {
    it(`refuses "${args.join(' ')}" with a sentence`, () => {
      assert.throws(() => readRunOptions(args), (error: Error) => error instanceof UsageError && sentence.test(error.message) && error.message.endsWith('.'))
    })
  }
})
