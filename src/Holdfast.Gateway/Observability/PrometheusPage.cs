using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Holdfast.Gateway.Observability;

/// <summary>
/// Listens to one gateway's meter and writes what it heard in Prometheus' text format 0.0.4. Recording a measurement
/// in a known series allocates nothing.
/// </summary>
internal sealed class PrometheusPage : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();
    private readonly Lock _scrape = new();

    public PrometheusPage(GatewayMeter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter.Meter))
            {
                listener.EnableMeasurementEvents(instrument,
                    _families.GetOrAdd(instrument.Name, static (_, of) => new MetricFamily(of), instrument));
            }
        };
        _listener.SetMeasurementEventCallback<int>(
            static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<long>(
            static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(
            static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.Start();
    }

    public void Write(IBufferWriter<byte> output)
    {
        lock (_scrape)
        {
            foreach (var family in _families.Values)
            {
                family.BeginScrape();
            }

            _listener.RecordObservableInstruments();
            foreach (var family in _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal))
            {
                family.Write(output);
            }
        }
    }

    public void Dispose() => _listener.Dispose();
}

/// <summary>One metric with all its series.</summary>
internal sealed class MetricFamily
{
    private readonly ConcurrentDictionary<TagSet, Series> _series = new();
    private readonly string _type;
    private readonly string? _help;
    private readonly bool _isObserved;
    private readonly double[] _bounds;

    public MetricFamily(Instrument instrument)
    {
        Name = instrument.Name;
        _help = instrument.Description;
        _isObserved = instrument.IsObservable;
        _bounds = instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } ? [.. bounds] : [];
        _type = instrument switch
        {
            Histogram<double> => "histogram",
            Counter<long> or Counter<double> or ObservableCounter<long> or ObservableCounter<double> => "counter",
            _ => "gauge",
        };
    }

    public string Name { get; }

    /// <summary>What is observed is asked anew at each scrape, so that a series that is gone leaves no trace.</summary>
    public void BeginScrape()
    {
        if (_isObserved)
        {
            _series.Clear();
        }
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = new TagSet(tags);
        if (!_series.TryGetValue(key, out var series))
        {
            series = _series.GetOrAdd(key, static (_, family) => new Series(family._bounds), this);
        }

        if (_isObserved)
        {
            series.Set(value);
        }
        else if (_type == "histogram")
        {
            series.Observe(value, _bounds);
        }
        else
        {
            series.Add(value);
        }
    }

    public void Write(IBufferWriter<byte> output)
    {
        var text = new StringBuilder();
        text.Append("# HELP ").Append(Name).Append(' ').Append(_help).Append('\n');
        text.Append("# TYPE ").Append(Name).Append(' ').Append(_type).Append('\n');
        foreach (var (tags, series) in _series.OrderBy(pair => pair.Key.ToString(), StringComparer.Ordinal))
        {
            if (_type == "histogram")
            {
                WriteHistogram(text, tags, series);
            }
            else
            {
                WriteLine(text, Name, tags, null, series.Value);
            }
        }

        Encoding.UTF8.GetBytes(text.ToString(), output);
    }

    private void WriteHistogram(StringBuilder text, TagSet tags, Series series)
    {
        long sum = 0;
        for (var i = 0; i <= _bounds.Length; i++)
        {
            sum += series.Bucket(i);
            var bound = i == _bounds.Length ? "+Inf" : _bounds[i].ToString(CultureInfo.InvariantCulture);
            WriteLine(text, Name + "_bucket", tags, bound, sum);
        }

        WriteLine(text, Name + "_sum", tags, null, series.Value);
        WriteLine(text, Name + "_count", tags, null, sum);
    }

    private static void WriteLine(StringBuilder text, string name, TagSet tags, string? bound, double value)
    {
        text.Append(name);
        var labels = tags.ToString();
        if (labels.Length > 0 || bound is not null)
        {
            text.Append('{').Append(labels);
            if (bound is not null)
            {
                text.Append(labels.Length > 0 ? "," : "").Append("le=\"").Append(bound).Append('"');
            }

            text.Append('}');
        }

        text.Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    private sealed class Series(double[] bounds)
    {
        private readonly long[] _buckets = bounds.Length == 0 ? [] : new long[bounds.Length + 1];
        private double _value;

        public double Value => Volatile.Read(ref _value);

        public long Bucket(int index) => Volatile.Read(ref _buckets[index]);

        public void Set(double value) => Volatile.Write(ref _value, value);

        public void Add(double value)
        {
            var seen = Volatile.Read(ref _value);
            while (true)
            {
                var before = Interlocked.CompareExchange(ref _value, seen + value, seen);
                if (before.Equals(seen))
                {
                    return;
                }

                seen = before;
            }
        }

        public void Observe(double value, double[] limits)
        {
            var index = Array.BinarySearch(limits, value);
            Interlocked.Increment(ref _buckets[index < 0 ? ~index : index]);
            Add(value);
        }
    }
}

/// <summary>Up to four labels of a series, in the order in which the code gives them.</summary>
internal readonly struct TagSet : IEquatable<TagSet>
{
    private readonly KeyValuePair<string, object?> _first, _second, _third, _fourth;
    private readonly int _count;

    public TagSet(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tags.Length, 4);
        _count = tags.Length;
        _first = _count > 0 ? tags[0] : default;
        _second = _count > 1 ? tags[1] : default;
        _third = _count > 2 ? tags[2] : default;
        _fourth = _count > 3 ? tags[3] : default;
    }

    public bool Equals(TagSet other) => _count == other._count && Same(_first, other._first)
        && Same(_second, other._second) && Same(_third, other._third) && Same(_fourth, other._fourth);

    public override bool Equals(object? obj) => obj is TagSet other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_first.Value, _second.Value, _third.Value, _fourth.Value);

    /// <summary>As Prometheus writes them: <c>a="b",c="d"</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        ReadOnlySpan<KeyValuePair<string, object?>> tags = [_first, _second, _third, _fourth];
        foreach (var (name, value) in tags[.._count])
        {
            var escaped = (value?.ToString() ?? "").Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            text.Append(text.Length == 0 ? "" : ",").Append(name).Append("=\"").Append(escaped).Append('"');
        }

        return text.ToString();
    }

    private static bool Same(in KeyValuePair<string, object?> one, in KeyValuePair<string, object?> other) =>
        one.Key == other.Key && Equals(one.Value, other.Value);
}
