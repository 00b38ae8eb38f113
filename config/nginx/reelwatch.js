// For nginx with njs: which server gets this request, by the weights that reelwatch writes (`write: json`).
// Kept to what njs 0.7.9 understands. After valid_until_ms the operator's base weights stand.
import fs from 'fs';

function server(r) {
  var document = JSON.parse(fs.readFileSync(r.variables.reelwatch_file, 'utf8'));
  var field = Date.now() < document.valid_until_ms ? 'weight' : 'base_weight';
  var total = 0;
  document.servers.forEach(function (one) {
    total += one[field];
  });
  var left = Math.random() * total;
  var chosen = document.servers.filter(function (one) {
    left -= one[field];
    return left < 0;
  })[0];
  return (chosen || document.servers[0]).server;
}

// njs 0.7.9 imports nothing but a default export.
// oxlint-disable-next-line import/no-default-export
export default { server };
