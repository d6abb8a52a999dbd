using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Holdfast.Gateway.Health;
using Holdfast.Gateway.Modes;
using Holdfast.Gateway.Routing;
using Holdfast.CircuitBreaking;
using Holdfast.Modes;

namespace Holdfast.Gateway.Admin;

/// <summary>Puts what happens into the feed: changes of health, circuits, mode and configuration.</summary>
internal sealed class LiveEvents
{
    private readonly LiveFeed _feed;

    public LiveEvents(LiveFeed feed, TargetMonitor health, TargetStates targets, OperationModes modes)
    {
        _feed = feed;
        health.Changed += change => Publish("health", new HealthEvent(
            change.Model.Provider, change.Model.Name, change.From.Word(), change.To.Word(), change.Reason,
            change.Model.IsCritical, change.At), AdminJson.Default.HealthEvent);
        targets.CircuitChanged += (target, change) => Publish("circuit", new CircuitEvent(
            target.Provider, target.Model, change.From.Word(), change.To.Word(), change.At),
            AdminJson.Default.CircuitEvent);
        modes.Changed += change =>
            Publish("mode", ModeChangeReport.Of(change), AdminJson.Default.ModeChangeReport);
    }

    /// <summary>A configuration has come into force, or one was refused and the old one stays.</summary>
    public void ConfigurationChanged(ConfigurationEvent change) =>
        Publish("configuration", change, AdminJson.Default.ConfigurationEvent);

    private void Publish<T>(string name, T data, JsonTypeInfo<T> shape) =>
        _feed.Publish(name, JsonSerializer.SerializeToUtf8Bytes(data, shape));
}

/// <summary>The data of a <c>health</c> event.</summary>
internal sealed record HealthEvent(
    string Provider, string Model, string From, string To, string Reason, bool Critical, DateTimeOffset At);

/// <summary>The data of a <c>circuit</c> event.</summary>
internal sealed record CircuitEvent(string Provider, string Model, string From, string To, DateTimeOffset At);

/// <summary>The data of a <c>configuration</c> event.</summary>
/// <param name="Version">The configuration in force.</param>
/// <param name="Succeeded">False: the file's new content was refused.</param>
/// <param name="Errors">How many errors it has; the log names them.</param>
/// <param name="At">When, in UTC.</param>
internal sealed record ConfigurationEvent(int Version, bool Succeeded, int Errors, DateTimeOffset At);

/// <summary>The data of a <c>dropped</c> event.</summary>
/// <param name="Count">Events that this watcher missed; null: nobody knows.</param>
internal sealed record DroppedEvent(long? Count);
