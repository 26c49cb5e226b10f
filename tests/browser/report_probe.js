// Does what a reader of the report does, and writes one line into the page: how many checks hold,
// or which do not. `expected` is "light", "dark" or "narrow".
(function () {
  var failures = [];
  var count = 0;
  function check(isTrue, what) {
    ++count;
    if (!isTrue) {
      failures.push(what);
    }
  }
  function all(selector) {
    return Array.prototype.slice.call(document.querySelectorAll(selector));
  }
  function shownWindow() {
    return document.getElementById('zoom-window').textContent;
  }
  function press(element, key) {
    element.dispatchEvent(new KeyboardEvent('keydown', {key: key, bubbles: true}));
  }
  function mouse(type, element, x, y) {
    element.dispatchEvent(new MouseEvent(type, {bubbles: true, view: window, button: 0,
                                                clientX: x, clientY: y, detail: 1}));
  }
  // Pixels that are not empty, on any canvas of a chart.
  function ink(id) {
    return all('#' + id + ' canvas').reduce(function (sum, canvas) {
      var pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      for (var i = 3; i < pixels.length; i += 4) {
        sum += pixels[i] > 0 ? 1 : 0;
      }
      return sum;
    }, 0);
  }

  var charts = ['cdf', 'quantiles', 'waiting', 'busy', 'throughput', 'latencies'];
  check(document.documentElement.dataset.charts === '6', 'six charts are drawn');
  charts.forEach(function (id) { check(ink(id) > 500, id + ' shows something'); });
  check(all('.diagram svg').length === 2, 'two diagrams');
  check(all('.bar').length >= 4 && all('.segment').length >= 8, 'bars of the ledger');
  check(all('.histogram rect').length >= 2, 'bars of batch sizes');

  // Zoom: buttons, keys, dragging; all four charts together.
  var whole = shownWindow();
  check(/all/.test(whole), 'all is shown at first: ' + whole);
  document.querySelector('[data-zoom="in"]').click();
  var inside = shownWindow();
  check(inside !== whole && !/all/.test(inside), 'the button zooms in: ' + inside);
  document.querySelector('[data-zoom="right"]').click();
  check(shownWindow() !== inside, 'the button moves on: ' + shownWindow());
  document.querySelector('[data-zoom="all"]').click();
  check(shownWindow() === whole, 'the button shows all again');
  var plot = document.getElementById('waiting');
  press(plot, '+');
  check(shownWindow() === inside, 'the + key zooms as the button does: ' + shownWindow());
  press(plot, 'ArrowLeft');
  check(shownWindow() !== inside, 'the arrow key moves');
  press(plot, '0');
  check(shownWindow() === whole, 'the 0 key shows all again');
  var canvas = all('#throughput canvas').pop();
  var box = canvas.getBoundingClientRect();
  mouse('mousedown', canvas, box.left + box.width * 0.4, box.top + 80);
  mouse('mousemove', document, box.left + box.width * 0.6, box.top + 80);
  mouse('mouseup', document, box.left + box.width * 0.6, box.top + 80);
  check(!/all/.test(shownWindow()), 'dragging zooms in: ' + shownWindow());
  document.querySelector('[data-zoom="all"]').click();

  // The keyboard reaches whatever scrolls, zooms or opens, and the reader sees where it is.
  all('details').forEach(function (element) { element.open = true; });
  all('a[href], button, summary, .plot, .scroll').forEach(function (element) {
    element.focus();
    check(document.activeElement === element, 'focus reaches ' + element.outerHTML.slice(0, 60));
  });
  all('.plot, svg[role="img"]').forEach(function (element) {
    check(element.getAttribute('aria-label'), 'a name for ' + element.id);
  });
  check(all('main table').length >= 7, 'tables beside the charts');

  var ids = all('[id]').map(function (element) { return element.id; });
  check(new Set(ids).size === ids.length, 'ids are there once');
  all('nav a').forEach(function (link) {
    check(document.querySelector(link.getAttribute('href')), 'a section for ' + link.textContent);
  });
  check(document.documentElement.scrollWidth <= window.innerWidth, 'the page fits its width: ' +
        document.documentElement.scrollWidth + ' of ' + window.innerWidth);
  var paper = getComputedStyle(document.body).backgroundColor;
  check((paper === 'rgb(20, 23, 26)') === (expected === 'dark'), 'background ' + paper);
  check(performance.getEntriesByType('resource').length === 0, 'nothing is loaded from elsewhere');
  check(typeof window.hostile === 'undefined', 'a name from the trace stays text');
  check(document.body.textContent.indexOf('<script>hostile=1</' + 'script>') >= 0, 'and is shown');
  check(pageErrors.length === 0, 'no errors: ' + pageErrors.join('; '));

  var result = document.createElement('pre');
  result.textContent = '\n' + (failures.length === 0
      ? 'probe: ' + count + ' checks hold'
      : failures.map(function (what) { return 'probe: not so: ' + what; }).join('\n')) + '\n';
  document.body.appendChild(result);
})();
