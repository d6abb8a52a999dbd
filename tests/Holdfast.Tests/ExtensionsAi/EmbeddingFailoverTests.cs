using Holdfast.Execution;
using Holdfast.Extensions.AI;
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

    private static HoldfastEmbeddingGenerator<string, Embedding<float>> Over(Scripted first, Scripted second) => new(
        [new EmbeddingTarget<string, Embedding<float>>("a", first),
            new EmbeddingTarget<string, Embedding<float>>("b", second)],
        Options);

    private sealed class Scripted(Func<int, int> answers) : IEmbeddingGenerator<string, Embedding<float>>
    {
        public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values,
            EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new GeneratedEmbeddings<Embedding<float>>(
                Enumerable.Range(0, answers(values.Count())).Select(_ => new Embedding<float>(new float[] { 1 }))));

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
