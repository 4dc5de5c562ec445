import assert from 'node:assert/strict'
import { openedFor } from '../../../bin/run/opened.ts'

describe('vivarium run: what is opened', () => {
  it('is each loopback address that the configuration names as a URL, at any depth, once', () => {
    const config = { url: 'http://localhost:3000/x', list: [{ also: 'https://127.0.0.1/y' }, 'http://[::1]:8080'], again: 'http://localhost:3000', name: 'localhost:22', far: 'https://example.org' }
    assert.deepEqual(openedFor(config, []), [
      { address: 'localhost:3000', why: 'named in the configuration' },
      { address: '127.0.0.1:443', why: 'named in the configuration' },
      { address: '[::1]:8080', why: 'named in the configuration' }
    ])
  })

  it('is no other private address, unless --allow names it', () => {
    const config = { url: 'http://192.168.1.7/x', metadata: 'http://169.254.169.254/latest', trick: 'http://127.0.0.1.example.org/' }
    assert.deepEqual(openedFor(config, []), [])
    assert.deepEqual(openedFor(config, ['192.168.1.7:80']), [{ address: '192.168.1.7:80', why: '--allow' }])
  })
})
