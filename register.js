'use strict'

const { register } = require('./lib/register')

register()
