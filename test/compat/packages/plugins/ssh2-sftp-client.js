/** Loads; a connection is nothing that a plugin of the sandbox can open, and the refusal can be caught. */
const Client = require('ssh2-sftp-client')

exports.run = async ({ log }) => {
  const client = new Client('compared')
  await log.info(typeof client.connect, [typeof client.list, typeof client.get, typeof client.fastGet])
  await client.connect({ host: '127.0.0.1', port: 3, username: 'a', password: 'b', retries: 0 }).catch(error => log.warning('caught', error.code))
}
