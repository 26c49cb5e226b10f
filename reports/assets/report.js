// Draws the report's charts with dygraphs from the JSON in the page. Everything that these charts
// say stands in tables beside them, so the page can do without.
(function () {
  'use strict';

  var data = JSON.parse(document.getElementById('chart-data').textContent);
  var redraws = [];    // one per chart: takes the colours of the page again
  var timeCharts = []; // those that zoom together

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
  }

  // 12500000 -> "12.5 ms": three digits, as the tables have it.
  function shortTime(ns) {
    var units = [['s', 1e9], ['ms', 1e6], ['us', 1e3], ['ns', 1]];
    for (var i = 0; i < units.length; ++i) {
      if (ns >= units[i][1] || i === units.length - 1) {
        var value = ns / units[i][1];
        var digits = value >= 100 || units[i][0] === 'ns' ? 0 : value >= 10 ? 1 : 2;
        return value.toFixed(digits) + ' ' + units[i][0];
      }
    }
  }

  // For axes: no digits that say nothing.
  function axisTime(ns) {
    if (ns === 0) {
      return '0';
    }
    return shortTime(Number(ns.toPrecision(3))).replace(/\.0+ /, ' ').replace(/(\.\d*?)0+ /, '$1 ');
  }

  function percent(share) {
    var digits = share > 0.9999 && share < 1 ? 4 : share > 0.999 && share < 1 ? 3 : share > 0.99 ? 2 : 1;
    return (share * 100).toFixed(digits) + ' %';
  }

  // Ticks of a logarithmic axis whose values are log10 of what they stand for.
  function logTicks(low, high, text, most) {
    var ticks = [];
    var span = high - low;
    var steps = span > 3 ? [1] : span > 1.6 ? [1, 3] : span > 1 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 7];
    if (span < 0.3) {
      steps = [];
      for (var tenth = 10; tenth < 100; tenth += tenth < 30 ? 1 : 5) {
        steps.push(tenth / 10);
      }
    }
    for (var power = Math.floor(low); power <= Math.ceil(high); ++power) {
      steps.forEach(function (step) {
        var at = power + Math.log10(step);
        if (at >= low && at <= high) {
          ticks.push({v: at, label: text(Math.pow(10, at))});
        }
      });
    }
    var every = Math.ceil(ticks.length / most);
    return ticks.filter(function (tick, i) { return i % every === 0; });
  }

  // Options that all charts share. Pages scroll under a finger; the buttons zoom.
  function shared(id, colours) {
    var model = {};
    ['mousedown', 'dblclick', 'willDestroyContextMyself'].forEach(function (name) {
      model[name] = Dygraph.defaultInteractionModel[name];
    });
    return {
      labelsDiv: document.getElementById(id + '-values'),
      legend: 'always',
      interactionModel: model,
      highlightCircleSize: 4,
      strokeWidth: 1.6,
      gridLineWidth: 1,
      axisLineWidth: 1,
      rangeSelector: false,
      animatedZooms: false,
      xRangePad: 4,
      colors: colours.map(colour),
      gridLineColor: colour('line'),
      axisLineColor: colour('line')
    };
  }

  function draw(id, rows, colours, options) {
    var all = shared(id, colours);
    Object.keys(options).forEach(function (key) { all[key] = options[key]; });
    var chart = new Dygraph(document.getElementById(id), rows, all);
    redraws.push(function () {
      chart.updateOptions({
        colors: colours.map(colour), gridLineColor: colour('line'), axisLineColor: colour('line')
      });
    });
    return chart;
  }

  function zoomAlone(chart, element) {
    element.addEventListener('keydown', function (event) {
      if (zoomBy(keyOf(event), chart, chart.xAxisExtremes(), function (range) {
        chart.updateOptions({dateWindow: range});
      })) {
        event.preventDefault();
      }
    });
  }

  function keyOf(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) {
      return '';
    }
    return {'+': 'in', '=': 'in', '-': 'out', ArrowLeft: 'left', ArrowRight: 'right', '0': 'all',
            Home: 'all', Escape: 'all'}[event.key] || '';
  }

  // Calls show([from, to]) for what `command` asks; null shows all. False: no command.
  function zoomBy(command, chart, extremes, show) {
    var range = chart.xAxisRange();
    var width = range[1] - range[0];
    var from = range[0];
    if (command === 'in') {
      from += width / 4;
      width /= 2;
    } else if (command === 'out') {
      from -= width / 2;
      width *= 2;
    } else if (command === 'left' || command === 'right') {
      from += command === 'left' ? -width / 4 : width / 4;
    } else if (command === 'all') {
      show(null);
      return true;
    } else {
      return false;
    }
    if (width >= extremes[1] - extremes[0]) {
      show(null);
      return true;
    }
    from = Math.min(Math.max(from, extremes[0]), extremes[1] - width);
    show([from, from + width]);
    return true;
  }

  // A line at each objective's limit, with its name, on the axis that holds log10 of ns.
  function limits(isVertical) {
    return function (canvas, area, chart) {
      data.objectives.forEach(function (objective, i) {
        var at = Math.log10(Math.max(objective.limit_ns, 1));
        canvas.save();
        canvas.strokeStyle = canvas.fillStyle = colour('bad');
        canvas.setLineDash([6, 4]);
        canvas.font = '13px system-ui, sans-serif';
        canvas.beginPath();
        if (isVertical) {
          var x = chart.toDomXCoord(at);
          canvas.moveTo(x, area.y);
          canvas.lineTo(x, area.y + area.h);
          var name = objective.figure + ' limit';
          var room = canvas.measureText(name).width + 5;
          canvas.fillText(name, x + room < area.x + area.w ? x + 5 : x - room,
                          area.y + area.h - 8 - 18 * i);
        } else {
          var y = chart.toDomYCoord(at);
          canvas.moveTo(area.x, y);
          canvas.lineTo(area.x + area.w, y);
          canvas.fillText(objective.figure + ' limit', area.x + 5, y - 5);
        }
        canvas.stroke();
        canvas.restore();
      });
    };
  }

  function drawDistribution() {
    var ranks = data.curve.rank;
    var times = data.curve.latency_ns.map(function (ns) { return Math.log10(Math.max(ns, 1)); });
    if (ranks.length === 0) {
      return;
    }
    function timeTicks(most) {
      return function (low, high) { return logTicks(low, high, axisTime, most); };
    }
    function timeOf(log) {
      return shortTime(Math.pow(10, log));
    }
    var spread = times[times.length - 1] - times[0];
    // Limits that are not far off are in the picture.
    var limit = data.objectives.map(function (o) {
      return Math.log10(Math.max(o.limit_ns, 1));
    }).filter(function (at) { return at > times[0] - 1 && at < times[times.length - 1] + 1; });
    var low = Math.min.apply(null, limit.concat(times[0])) - 0.05 - spread * 0.02;
    var high = Math.max.apply(null, limit.concat(times[times.length - 1])) + 0.05 + spread * 0.02;

    // One row per time: of equal ones the last, which is where the curve arrives.
    var rows = [];
    times.forEach(function (time, i) {
      if (i + 1 === times.length || times[i + 1] !== time) {
        rows.push([time, ranks[i] / data.requests]);
      }
    });
    if (rows.length === 1) {
      rows.unshift([rows[0][0] - 1e-9, 0]);
    }
    var cdf = draw('cdf', rows, ['series-1'], {
      labels: ['latency', 'answered'],
      stepPlot: true,
      fillGraph: true,
      dateWindow: [low, high],
      valueRange: [0, 1.02],
      underlayCallback: limits(true),
      axes: {
        x: {ticker: timeTicks(7), valueFormatter: function (v) { return 'within ' + timeOf(v); }},
        y: {axisLabelWidth: 52, valueFormatter: percent,
            axisLabelFormatter: function (v) { return Math.round(v * 100) + ' %'; }}
      }
    });
    zoomAlone(cdf, document.getElementById('cdf'));

    // x: -log10(1 - q), so that each further nine takes the same room. A rank stands for the middle
    // of its share: the last one has a place, too.
    var nines = ranks.map(function (rank, i) {
      return [-Math.log10(1 - (rank - 0.5) / data.requests), times[i]];
    });
    if (nines.length === 1) {
      nines.push([nines[0][0] + 1e-9, nines[0][1]]);
    }
    var quantileTicks = function (from, to) {
      return [[0, '0'], [0.5, '50 %'], [0.9, '90 %'], [0.99, '99 %'], [0.999, '99.9 %'],
              [0.9999, '99.99 %'], [0.99999, '99.999 %'], [0.999999, '99.9999 %']]
          .map(function (tick) { return {v: -Math.log10(1 - tick[0]), label: tick[1]}; })
          .filter(function (tick) { return tick.v >= from && tick.v <= to; });
    };
    var quantiles = draw('quantiles', nines, ['series-1'], {
      labels: ['quantile', 'latency'],
      valueRange: [low, high],
      underlayCallback: limits(false),
      axes: {
        x: {ticker: quantileTicks, axisLabelWidth: 70,
            valueFormatter: function (v) { return percent(1 - Math.pow(10, -v)) + ' of requests'; }},
        y: {axisLabelWidth: 64, ticker: timeTicks(8), valueFormatter: timeOf}
      }
    });
    zoomAlone(quantiles, document.getElementById('quantiles'));
  }

  // Levels of the bins in [from, to], so many together that each step of the chart has a pixel or
  // two: peaks are the largest, means the means of what is drawn as one.
  function levelRows(peaks, means, range, most) {
    var first = Math.max(Math.floor((range[0] - data.begin_ns) / data.fine_ns), 0);
    var last = Math.min(Math.ceil((range[1] - data.begin_ns) / data.fine_ns), peaks.length);
    var together = Math.max(Math.ceil((last - first) / most), 1);
    first -= first % together;
    var rows = [];
    for (var i = first; i < last; i += together) {
      var end = Math.min(i + together, peaks.length);
      var peak = Math.max.apply(null, peaks.slice(i, end));
      rows.push([data.begin_ns + data.fine_ns * i, peak].concat(means.map(function (mean) {
        var sum = mean.slice(i, end).reduce(function (a, b) { return a + b; }, 0);
        return sum / (end - i) / 1000;
      })));
    }
    var closing = rows[rows.length - 1].slice();
    closing[0] = Math.min(data.begin_ns + data.fine_ns * last, data.end_ns);
    return rows.concat([closing]);
  }

  // Rows of a time chart: virtual time in ns at the middle of a bin, or at its begin for steps.
  function timeRows(width, columns, isStep) {
    var rows = [];
    for (var i = 0; i < columns[0].length; ++i) {
      var at = data.begin_ns + width * (isStep ? i : i + 0.5);
      rows.push([Math.min(at, data.end_ns)].concat(columns.map(function (column) {
        return column[i] < 0 ? null : column[i];
      })));
    }
    // The last step goes on to the end of its bin.
    if (isStep) {
      rows.push([data.begin_ns + width * rows.length].concat(rows[rows.length - 1].slice(1)));
    }
    return rows;
  }

  function perSecond(counts) {
    return counts.map(function (count, i) {
      var begin = data.begin_ns + data.coarse_ns * i;
      var length = Math.min(data.coarse_ns, data.end_ns - begin);
      return count * 1e9 / length;
    });
  }

  function number(value) {
    if (value === null) {
      return '-';
    }
    return value >= 1000 ? Math.round(value).toLocaleString('en-US')
                         : value >= 100 ? value.toFixed(0) : String(Number(value.toFixed(2)));
  }

  function showWindow(range) {
    var seen = range || [data.begin_ns, data.end_ns];
    document.getElementById('zoom-window').textContent =
        axisTime(seen[0]) + ' to ' + axisTime(seen[1]) + (range ? '' : ' (all)');
  }

  function zoomTimes(range) {
    var seen = range || [data.begin_ns, data.end_ns];
    timeCharts.forEach(function (chart) {
      var options = {dateWindow: seen};
      if (chart.rowsIn) {
        options.file = chart.rowsIn(seen);
      }
      chart.updateOptions(options);
    });
    showWindow(range);
  }

  function timeChart(id, rows, colours, options) {
    options.dateWindow = [data.begin_ns, data.end_ns];
    options.zoomCallback = function (from, to) {
      var isAll = from <= data.begin_ns && to >= data.end_ns;
      zoomTimes(isAll ? null : [Math.max(from, data.begin_ns), Math.min(to, data.end_ns)]);
    };
    options.axes = {
      x: {
        axisLabelWidth: 70,
        axisLabelFormatter: function (v) { return axisTime(v); },
        valueFormatter: function (v) { return 'at ' + axisTime(v); }
      },
      y: {axisLabelWidth: 58, valueFormatter: options.value || number,
          axisLabelFormatter: options.axis || number}
    };
    var chart = draw(id, rows, colours, options);
    timeCharts.push(chart);
    document.getElementById(id).addEventListener('keydown', function (event) {
      if (zoomBy(keyOf(event), chart, [data.begin_ns, data.end_ns], zoomTimes)) {
        event.preventDefault();
      }
    });
    return chart;
  }

  function levelChart(id, peaks, means, colours, options) {
    var rowsIn = function (range) {
      return levelRows(peaks, means, range, Math.max(document.getElementById(id).clientWidth / 2, 100));
    };
    timeChart(id, rowsIn([data.begin_ns, data.end_ns]), colours, options).rowsIn = rowsIn;
  }

  function drawTimes() {
    if (!document.getElementById('waiting')) {
      return;
    }
    var time = function (ns) { return ns === null ? '-' : shortTime(ns); };
    levelChart('waiting', data.waiting.peak, [data.waiting.mean],
              ['area', 'series-1'],
              {labels: ['time', 'peak', 'mean'], stepPlot: true, includeZero: true,
               series: {peak: {fillGraph: true, strokeWidth: 0.7}}});
    levelChart('busy', data.lanes_busy.peak, [data.lanes_busy.mean, data.gpus_busy.mean],
              ['area', 'series-1', 'series-2'],
              {labels: ['time', 'lanes, peak', 'lanes, mean', 'GPUs, mean'], stepPlot: true,
               valueRange: [0, Math.max(data.lanes, data.gpus) * 1.05],
               series: {'lanes, peak': {fillGraph: true, strokeWidth: 0.7}}});
    timeChart('throughput', timeRows(data.coarse_ns, [data.arrived, data.answered, data.lost].map(perSecond), true),
              ['series-1', 'series-2', 'bad'],
              {labels: ['time', 'arrived', 'answered', 'without an answer'], stepPlot: true,
               includeZero: true});
    timeChart('latencies', timeRows(data.coarse_ns, [data.p50_ns, data.p99_ns, data.max_ns], false),
              ['series-1', 'series-2', 'series-3'],
              {labels: ['time', 'p50', 'p99', 'slowest'], includeZero: true, value: time,
               axis: function (ns) { return ns === 0 ? '0' : axisTime(ns); },
               drawPoints: data.max_ns.length < 60});
    document.querySelectorAll('[data-zoom]').forEach(function (button) {
      button.addEventListener('click', function () {
        zoomBy(button.dataset.zoom, timeCharts[0], [data.begin_ns, data.end_ns], zoomTimes);
      });
    });
    showWindow(null);
  }

  drawDistribution();
  drawTimes();
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', function () {
    redraws.forEach(function (redraw) { redraw(); });
  });
  // For tests: the page was drawn, and what it shows.
  document.documentElement.dataset.charts = String(redraws.length);
})();
