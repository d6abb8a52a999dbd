using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Extensions.AI;
using Holdfast.Failover;
using Holdfast.Retrying;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.ExtensionsAi;

public class EmbeddingFailoverTests
{
    private static readonly HoldfastOptions Options = new()
    {
        Time = new ManualTimeProvider(),
        Retry = new RetryOptions { MaxRetries = 0 },
    };

    [Fact]
    public async Task Embeddings_come_from_the_next_generator_when_one_fails()
    {
        using var generator = Over(new Scripted(_ => throw new IOException("reset")), new Scripted(count => count));

        var embeddings = await generator.GenerateAsync(["one", "two"]);

        Assert.Equal(2, embeddings.Count);
        Assert.Equal("a:refused,b:ok", embeddings.GetAttemptTrail()!.ToString());
    }

    [Fact]
    public async Task Fewer_embeddings_than_values_are_no_answer()
    {
        using var generator = Over(new Scripted(count => count - 1), new Scripted(_ => 0));

        var failed = await Assert.ThrowsAsync<AllModelsFailedException>(() => generator.GenerateAsync(["one", "two"]));

        Assert.Equal("a:bad_answer,b:bad_answer", failed.Attempts.ToString());
    }

    [Fact]
    public async Task One_generator_can_be_protected_too()
    {
        using var generator = new Scripted(count => count).WithHoldfast(Options, "embed");

        var embeddings = await generator.GenerateAsync(["one"]);

        Assert.Equal("embed:ok", embeddings.GetAttemptTrail()!.ToString());
        Assert.Same(generator, generator.GetService(generator.GetType()));
    }

    [Fact]
    public async Task A_generator_whose_circuit_is_open_is_not_asked()
    {
        var broken = new Scripted(_ => throw new IOException("reset"));
        using var generator = Over(broken, new Scripted(count => count));

        for (var i = 0; i < 7; i++)
            await generator.GenerateAsync(["one"]);
        var embeddings = await generator.GenerateAsync(["one"]);

        Assert.Equal(5, broken.Calls);
        Assert.Equal("a:circuit_open,b:ok", embeddings.GetAttemptTrail()!.ToString());
        Assert.Equal(CircuitState.Open, generator.Targets[0].Breaker.State);
    }

    [Fact]
    public async Task Each_generator_is_asked_for_the_model_by_its_own_name_and_the_callers_options_stay()
    {
        var (first, second) = (new Scripted(_ => throw new IOException()), new Scripted(count => count));
        using var generator = new HoldfastEmbeddingGenerator<string, Embedding<float>>(
            [
                new("a", first) { Model = "text-embedding-3-small" },
                new("b", second) { Model = "azure-small" },
            ], Options);
        var options = new EmbeddingGenerationOptions { ModelId = "small", Dimensions = 256 };

        await generator.GenerateAsync(["one"], options);

        Assert.Equal(("text-embedding-3-small", "azure-small"), (first.Last!.ModelId, second.Last!.ModelId));
        Assert.Equal((256, "small"), (second.Last.Dimensions, options.ModelId));
    }

    [Fact]
    public async Task A_caller_that_leaves_is_nobodys_failure()
    {
        var never = new Scripted(_ => 0) { Answer = new TaskCompletionSource().Task };
        using var generator = Over(never, new Scripted(count => count));
        using var left = new CancellationTokenSource();

        var call = generator.GenerateAsync(["one"], cancellationToken: left.Token);
        await left.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.SoonAsync());
        Assert.Equal(0, generator.Targets[0].Breaker.GetStatus().FailureCount);
    }

    [Fact]
    public async Task The_quickest_generator_of_a_race_answers()
    {
        var never = new Scripted(_ => 0) { Answer = new TaskCompletionSource().Task };
        using var generator = Over(
            Options with { Strategy = FailoverStrategy.Parallel }, never, new Scripted(count => count));

        var embeddings = await generator.GenerateAsync(["one"]).SoonAsync();

        Assert.Equal("b:ok,a:cancelled", embeddings.GetAttemptTrail()!.ToString());
    }

    [Fact]
    public async Task It_owns_its_generators_and_is_of_no_use_without_them()
    {
        var (first, second) = (new Scripted(count => count), new Scripted(count => count));
        var generator = Over(first, second);

        generator.Dispose();

        Assert.True(first.IsDisposed && second.IsDisposed);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => generator.GenerateAsync(["one"]));
    }

    private static HoldfastEmbeddingGenerator<string, Embedding<float>> Over(Scripted first, Scripted second) =>
        Over(Options, first, second);

    private static HoldfastEmbeddingGenerator<string, Embedding<float>> Over(
        HoldfastOptions options, Scripted first, Scripted second) => new([new("a", first), new("b", second)], options);

    private sealed class Scripted(Func<int, int> answers) : IEmbeddingGenerator<string, Embedding<float>>
    {
        public int Calls { get; private set; }

        public EmbeddingGenerationOptions? Last { get; private set; }

        public bool IsDisposed { get; private set; }

        /// <summary>When it answers.</summary>
        public Task Answer { get; init; } = Task.CompletedTask;

        public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values,
            EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
        {
            Calls++;
            Last = options;
            await Answer.WaitAsync(cancellationToken);
            return new(Enumerable.Repeat(0, answers(values.Count())).Select(_ => new Embedding<float>(new[] { 1f })));
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose() => IsDisposed = true;
    }
}
