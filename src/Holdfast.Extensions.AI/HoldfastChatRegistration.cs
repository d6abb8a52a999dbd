using Holdfast.DependencyInjection;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Holdfast.Extensions.AI;

/// <summary>Puts protected clients into a container.</summary>
public static class HoldfastChatRegistration
{
    /// <summary>
    /// Adds a protected chat client as a <see cref="HoldfastChatClient"/> and an <see cref="IChatClient"/>, both with
    /// its name as the key. The first one is also the <see cref="IChatClient"/> without a key, unless there is another.
    /// Its values come from the configuration's <c>Defaults</c>, then from <paramref name="configure"/>, then from
    /// <c>ChatClients:NAME</c>.
    /// </summary>
    /// <param name="builder">What <c>AddHoldfast</c> gave.</param>
    /// <param name="name">Its name, also in metrics, spans and events.</param>
    /// <param name="targets">The clients in it. At least one.</param>
    /// <param name="configure">Sets what a configuration can't say, as a classifier. Null: nothing.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentNullException">Builder, name or targets are null.</exception>
    /// <exception cref="ArgumentException">There is a chat client of that name.</exception>
    public static HoldfastBuilder AddChatClient(this HoldfastBuilder builder, string name,
        IEnumerable<TargetSource<IChatClient>> targets, Func<HoldfastOptions, HoldfastOptions>? configure = null)
    {
        var part = Part("ChatClients", builder, name, targets, configure);
        builder.Services.AddKeyedSingleton(name, (provider, _) => new HoldfastChatClient(
            part.Targets().Select(target => new ChatTarget(target.Name, target.Create(provider))
            {
                Priority = target.Priority,
                Weight = target.Weight,
                Model = target.Model,
                CircuitBreaker = target.CircuitBreaker,
            }),
            part.Options(provider)));
        builder.Services.AddKeyedSingleton<IChatClient>(
            name, (provider, key) => provider.GetRequiredKeyedService<HoldfastChatClient>(key));
        builder.Services.TryAddSingleton<IChatClient>(
            provider => provider.GetRequiredKeyedService<HoldfastChatClient>(name));
        return builder;
    }

    /// <summary>
    /// Adds a protected embedding generator as <see cref="AddChatClient"/> adds a chat client; its section is
    /// <c>EmbeddingGenerators:NAME</c>.
    /// </summary>
    /// <typeparam name="TInput">What is embedded.</typeparam>
    /// <typeparam name="TEmbedding">What comes of it.</typeparam>
    /// <param name="builder">What <c>AddHoldfast</c> gave.</param>
    /// <param name="name">Its name, also in metrics, spans and events.</param>
    /// <param name="targets">The generators in it, of one model. At least one.</param>
    /// <param name="configure">Sets what a configuration can't say, as a classifier. Null: nothing.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentNullException">Builder, name or targets are null.</exception>
    /// <exception cref="ArgumentException">There is an embedding generator of that name.</exception>
    public static HoldfastBuilder AddEmbeddingGenerator<TInput, TEmbedding>(this HoldfastBuilder builder, string name,
        IEnumerable<TargetSource<IEmbeddingGenerator<TInput, TEmbedding>>> targets,
        Func<HoldfastOptions, HoldfastOptions>? configure = null)
        where TEmbedding : Embedding
    {
        var part = Part("EmbeddingGenerators", builder, name, targets, configure);
        builder.Services.AddKeyedSingleton(name, (provider, _) => new HoldfastEmbeddingGenerator<TInput, TEmbedding>(
            part.Targets().Select(target =>
                new EmbeddingTarget<TInput, TEmbedding>(target.Name, target.Create(provider))
                {
                    Priority = target.Priority,
                    Weight = target.Weight,
                    Model = target.Model,
                    CircuitBreaker = target.CircuitBreaker,
                }),
            part.Options(provider)));
        builder.Services.AddKeyedSingleton<IEmbeddingGenerator<TInput, TEmbedding>>(
            name, (provider, key) =>
                provider.GetRequiredKeyedService<HoldfastEmbeddingGenerator<TInput, TEmbedding>>(key));
        builder.Services.TryAddSingleton<IEmbeddingGenerator<TInput, TEmbedding>>(
            provider => provider.GetRequiredKeyedService<HoldfastEmbeddingGenerator<TInput, TEmbedding>>(name));
        return builder;
    }

    private static ClientPart<TClient> Part<TClient>(string group, HoldfastBuilder builder, string name,
        IEnumerable<TargetSource<TClient>> targets, Func<HoldfastOptions, HoldfastOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(targets);
        var part = new ClientPart<TClient>(group, builder, name, [.. targets], configure);
        builder.AddPart(group, name, part.Check);
        return part;
    }

    private sealed class ClientPart<TClient>(string group, HoldfastBuilder builder, string name,
        TargetSource<TClient>[] targets, Func<HoldfastOptions, HoldfastOptions>? configure)
    {
        public void Check(OptionsSection section)
        {
            var sources = Targets(section);
            var problems = Options(section).Problems().Concat(TargetProblems.Of(
                [.. sources.Select(target => (target.Name, target.Weight, target.CircuitBreaker))]));
            foreach (var problem in problems)
                section.Problems.Add($"{section.Place}.{problem}");
            section.Child("Targets").Allow([.. targets.Select(target => target.Name)]);
        }

        public IReadOnlyList<TargetSource<TClient>> Targets() => Targets(builder.Part(group, name, []));

        public HoldfastOptions Options(IServiceProvider provider)
        {
            builder.ThrowIfMisconfigured();
            var options = Options(builder.Part(group, name, []));
            return options with
            {
                Logger = options.Logger
                    ?? provider.GetService<ILoggerFactory>()?.CreateLogger(HoldfastRegistration.LogCategory),
                Time = options.Time == TimeProvider.System
                    ? provider.GetService<TimeProvider>() ?? TimeProvider.System
                    : options.Time,
            };
        }

        private HoldfastOptions Options(OptionsSection section)
        {
            var defaults = builder.ReadDefaults();
            var options = new HoldfastOptions
            {
                Name = name,
                CircuitBreaker = defaults.CircuitBreaker,
                Retry = defaults.Retry,
                // Not held by clients; as a default it is for operations.
                Timeouts = defaults.Timeouts with { Adaptive = false },
            };
            return section.Read(
                configure?.Invoke(options) ?? options, [nameof(HoldfastOptions.Name)], ["Targets"]);
        }

        private IReadOnlyList<TargetSource<TClient>> Targets(OptionsSection section) =>
        [
            .. targets.Select(target => Read(target, section.Child("Targets").Child(target.Name))),
        ];

        // A breaker of which the section says something has the rest from the client's.
        private TargetSource<TClient> Read(TargetSource<TClient> target, OptionsSection section) =>
            section.Keys.Contains(nameof(target.CircuitBreaker), StringComparer.OrdinalIgnoreCase)
                ? section.Read(target with
                {
                    CircuitBreaker = target.CircuitBreaker ?? Options(builder.Part(group, name, [])).CircuitBreaker,
                }, [nameof(target.Name)])
                : section.Read(target, [nameof(target.Name)]);
    }
}
