// Stands before everything else of a page under test: notes what a console would show in red.
var pageErrors = [];
window.addEventListener('error', function (event) { pageErrors.push(String(event.message)); });
window.addEventListener('unhandledrejection', function (event) {
  pageErrors.push(String(event.reason));
});
['error', 'warn'].forEach(function (kind) {
  console[kind] = function () { pageErrors.push(Array.prototype.join.call(arguments, ' ')); };
});
