const Ajv = require('ajv')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const validate = new Ajv({ allErrors: true }).compile({ type: 'object', required: ['name'], properties: { name: { type: 'string', minLength: 3 }, people: { type: 'integer', maximum: 1_000 } } })
  const { features } = (await axios.get(`${url}/places.json`)).data
  const refused = features.filter(({ properties }) => !validate(properties)).length
  validate({ people: 1.5 })
  await log.info('refused', { refused, errors: validate.errors })
}
