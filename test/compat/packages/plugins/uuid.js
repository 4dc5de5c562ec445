const { v4, v5, validate } = require('uuid')

exports.run = async ({ log }) => {
  await log.info(v5('https://example.org', v5.URL), [validate(v4()), v4().length])
}
