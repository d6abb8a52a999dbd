using System.Globalization;
using System.Text;
using Holdfast.Simulator;

namespace Holdfast.Cli;

/// <summary>What the demo shows: how its providers fail, and the configuration of the gateway before them.</summary>
internal static class DemoScenario
{
    public const string SampleBody =
        """{"model":"smart","stream":true,"messages":[{"role":"user","content":"Why do bridges stand?"}]}""";

    /// <summary>The schedule repeats for this long; nobody watches a demo for longer.</summary>
    private static readonly TimeSpan Length = TimeSpan.FromHours(12);

    /// <summary>
    /// The first provider goes away for twenty seconds of each minute, the second answers some calls with errors, the
    /// third cuts streams, the fourth is rate-limited, the fifth stalls; the others are well.
    /// </summary>
    public static Scenario Failing() => Scenario.Parse($$"""
        {
          "*":         { "firstTokenMs": { "p50": 120, "p99": 400 }, "tokensPerSecond": 120 },
          "openai":    { "outages": [{{Outages(period: 60, from: 15, to: 35)}}] },
          "anthropic": { "failures": { "status529": 0.15, "html502": 0.05 }, "outages": [{{Outages(90, 20, 40)}}] },
          "gemini":    { "failures": { "cutAfter": { "share": 0.2, "chunks": 3, "how": "rst" } } },
          "mistral":   { "failures": { "status429": { "share": 0.5, "retryAfter": 3 } } },
          "groq":      { "failures": { "silent": 0.3, "errorIn200": 0.2 } }
        }
        """, "demo");

    /// <summary>The configuration; a user could have written it.</summary>
    public static string Configuration(ProviderSimulator simulator, int port, string directory)
    {
        var yaml = new StringBuilder();
        yaml.AppendLine(CultureInfo.InvariantCulture, $$"""
            # Made by the demo. The providers are simulated; the keys are not secret.
            server:
              urls: http://127.0.0.1:{{port}}
              dataDirectory: {{directory}}
              shutdown: { timeout: 3s, forceKillTimeout: 2s }
            defaults:
              # Shorter than you would have them, so that something is seen.
              circuitBreaker: { recoveryTimeout: 5s, maxRecoveryTime: 20s }
              timeouts: { firstToken: 2s, attempt: 5s, idle: 5s, call: 30s }
              retry: { baseDelay: 200ms }
            logging: { level: warning }
            providers:
            """);
        foreach (var provider in simulator.Providers)
        {
            yaml.AppendLine(CultureInfo.InvariantCulture,
                $"  {provider.Name}: {{ type: {TypeOf(provider)}, baseUrl: \"{AddressOf(provider)}\", apiKey: demo }}");
        }

        yaml.AppendLine("models:");
        yaml.AppendLine("  smart:");
        yaml.AppendLine("    targets:");
        foreach (var provider in simulator.Providers)
        {
            yaml.AppendLine(CultureInfo.InvariantCulture, $"      - {provider.Name}/{provider.Name}-model");
        }

        // So that every provider is seen at work: each leads a route of its own, with two healthy ones behind.
        foreach (var provider in simulator.Providers)
        {
            yaml.AppendLine(CultureInfo.InvariantCulture, $$"""
                  {{provider.Name}}-first:
                    targets: [{{provider.Name}}/{{provider.Name}}-model, {{Behind(provider)}}]
                """);
        }

        return yaml.ToString();
    }

    private static string Behind(SimulatedProvider first) => string.Join(", ",
        new[] { "deepseek", "together", "cohere" }.Where(name => name != first.Name).Take(2)
            .Select(name => $"{name}/{name}-model"));

    private static string TypeOf(SimulatedProvider provider) => provider.Name switch
    {
        "azure" => "azure-openai",
        var name => name,
    };

    private static string AddressOf(SimulatedProvider provider)
    {
        var address = provider.BaseUrl.ToString().TrimEnd('/');
        // Azure's deployments hang below the resource, not below a version.
        return provider.Name == "azure" ? address[..^"/v1".Length] : address;
    }

    private static string Outages(int period, int from, int to) => string.Join(",",
        Enumerable.Range(0, (int)(Length.TotalSeconds / period)).Select(round => string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"from":"{{(round * period) + from}}s","to":"{{(round * period) + to}}s"}""")));
}
