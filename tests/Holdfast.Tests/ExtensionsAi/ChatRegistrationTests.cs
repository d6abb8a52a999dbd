using Holdfast.DependencyInjection;
using Holdfast.Extensions.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Holdfast.Tests.ExtensionsAi;

public class ChatRegistrationTests
{
    [Fact]
    public async Task A_chat_client_is_found_by_its_name_and_the_first_one_without()
    {
        using var provider = Services([]).BuildServiceProvider();

        var smart = provider.GetRequiredKeyedService<IChatClient>("smart");

        Assert.Equal("a:refused,b:ok", (await smart.GetResponseAsync("hi")).GetAttemptTrail()!.ToString());
        Assert.Same(smart, provider.GetRequiredKeyedService<HoldfastChatClient>("smart"));
        Assert.Same(smart, provider.GetRequiredService<IChatClient>());
    }

    [Fact]
    public void The_configuration_changes_the_client_and_its_targets()
    {
        using var provider = Services([
            ("Defaults:CircuitBreaker:FailureThreshold", "9"),
            ("Defaults:Timeouts:Adaptive", "true"),
            ("ChatClients:smart:CircuitBreaker:RecoveryTimeout", "5s"),
            ("ChatClients:smart:Targets:b:Priority", "-1"),
            ("ChatClients:smart:Targets:b:CircuitBreaker:SuccessThreshold", "4"),
        ]).BuildServiceProvider();

        var first = provider.GetRequiredKeyedService<HoldfastChatClient>("smart").Targets[0];

        var circuit = first.Breaker.Options;
        Assert.Equal(("b", 9, 4), (first.Name, circuit.FailureThreshold, circuit.SuccessThreshold));
        Assert.Equal(TimeSpan.FromSeconds(5), circuit.RecoveryTimeout);
    }

    [Fact]
    public void Wrong_values_and_unknown_names_are_refused_all_at_once()
    {
        using var provider = Services([
            ("ChatClients:smart:MaxConcurrent", "0"),
            ("ChatClients:smart:Name", "other"),
            ("ChatClients:smart:Hedge:MaxShare", "2"),
            ("ChatClients:smart:Targets:b:Weight", "-1"),
            ("ChatClients:smart:Targets:c:Weight", "1"),
            ("ChatClients:smrt:MaxConcurrent", "1"),
        ]).BuildServiceProvider();

        var refused = Assert.Throws<OptionsValidationException>(
            () => provider.GetRequiredKeyedService<IChatClient>("smart"));

        Assert.Contains("Holdfast.ChatClients.smart.maxConcurrent: 0: 1 to 100", refused.Failures);
        Assert.Contains(refused.Failures, one => one.StartsWith("Holdfast.ChatClients.smart.Name: unknown"));
        Assert.Contains("Holdfast.ChatClients.smart.hedge.maxShare: 2: 0 (never) to 1", refused.Failures);
        Assert.Contains("Holdfast.ChatClients.smart.targets[1].weight: -1: 0 or more", refused.Failures);
        Assert.Contains("Holdfast.ChatClients.smart.Targets.c: unknown, did you mean a: one of a, b", refused.Failures);
        Assert.Contains("Holdfast.ChatClients.smrt: unknown, did you mean smart: one of smart", refused.Failures);
        Assert.Equal(6, refused.Failures.Count());
    }

    [Fact]
    public async Task An_embedding_generator_is_found_the_same_way()
    {
        var services = new ServiceCollection();
        services.AddHoldfast().AddEmbeddingGenerator<string, Embedding<float>>(
            "vectors", [new("e", _ => new Vectors())], options => options with { Time = new ManualTimeProvider() });
        using var provider = services.BuildServiceProvider();

        var generator = provider.GetRequiredKeyedService<IEmbeddingGenerator<string, Embedding<float>>>("vectors");

        Assert.Equal("e:ok", (await generator.GenerateAsync(["one"])).GetAttemptTrail()!.ToString());
        Assert.Same(generator, provider.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>());
    }

    private static ServiceCollection Services((string Key, string Value)[] values)
    {
        var services = new ServiceCollection();
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                values.Select(one => new KeyValuePair<string, string?>($"Holdfast:{one.Key}", one.Value)))
            .Build();
        services.AddHoldfast(configuration.GetSection("Holdfast")).AddChatClient("smart",
            [
                new("a", _ => ScriptedChatClient.Throws(new IOException("reset"))),
                new("b", _ => ScriptedChatClient.Says("hello")),
            ],
            options => options with { Time = new ManualTimeProvider() });
        return services;
    }

    private sealed class Vectors : IEmbeddingGenerator<string, Embedding<float>>
    {
        public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values,
            EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new GeneratedEmbeddings<Embedding<float>>([new(new float[] { 1 })]));

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
