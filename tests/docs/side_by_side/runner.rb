# Runs programs that use the gem rally_api: ruby runner.rb URL USER PASSWORD < PROGRAMS > OUTPUTS, both JSON lists.
require 'base64'
require 'json'
require 'stringio'

# Ruby 3.2 has removed it; the gem still uses it.
Fixnum = Integer unless defined?(Fixnum)

require 'rally_api'

url, user, password = ARGV
rally = RallyAPI::RallyRestJson.new(base_url: url, version: 'v2.0', username: user, password: password,
                                    workspace: 'Products', project: 'Web')
outputs = JSON.parse($stdin.read).map do |program|
  $stdout = StringIO.new
  scope = binding
  scope.local_variable_set(:rally, rally)
  scope.eval(program)
  $stdout.string
end
STDOUT.write(JSON.generate(outputs))
