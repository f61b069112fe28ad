module.exports = require('./folders').remove;
