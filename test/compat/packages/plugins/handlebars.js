const Handlebars = require('handlebars')

exports.run = async ({ log }) => {
  Handlebars.registerHelper('loud', text => text.toUpperCase())
  await log.info(Handlebars.compile('{{#each list}}{{loud this}} {{@index}};{{else}}none{{/each}}')({ list: ['a', '<b>'] }))
}
