namespace Holdfast.Gateway.Tests.Configuration.Import;

/// <summary>Whole files of the two older shapes, and everything that an import makes and says of them.</summary>
public class OlderGoldenTests
{
    [Fact]
    public void The_older_shape_with_everything_under_reliability_is_imported() => ImportedText.AssertGolden("""
        reliability:
          backoff: { initialDelay: 1000, maxDelay: 60000, multiplier: 2, jitter: 0.2, maxAttempts: 4 }
          circuitBreaker: { failureThreshold: 5, resetTimeout: 900000, successThreshold: 2, monitoringPeriod: 2m, halfOpenTimeout: 5 }
          health: { checkInterval: 30000, timeout: 5000, endpoint: /x }
          queue: { maxConcurrency: 10, maxSize: 500, throttleRate: 5, storagePath: ./q }
          metrics: { enabled: true, exportInterval: 60000 }
          shutdown: { timeout: 30s, forceKillTimeout: 5000, signals: [SIGTERM] }
        """,
        "old.yaml", """
        # Made by holdfast import from a configuration of the older shape 'reliability'.
        server:
          shutdown:
            timeout: 30s
            forceKillTimeout: 5s
        defaults:
          retry:
            maxRetries: 3
            baseDelay: 1s
            maxDelay: 1m
            backoffMultiplier: 2
            jitter: true
            jitterFactor: 0.2
          circuitBreaker:
            failureThreshold: 5
            monitoringPeriod: 2m
            recoveryTimeout: 15m
            maxRecoveryTime: 15m
            successThreshold: 2
          healthCheck:
            interval: 30s
            timeout: 5s
        limits:
          maxConcurrency: 10
          maxQueueSize: 500
          throttleRate: 5
        metrics:
          exportInterval: 1m
        """, """
        3: reliability.circuitBreaker: changed: has a recoveryTimeout that is longer than maxRecoveryTime, which became as long
        3: reliability.circuitBreaker.halfOpenTimeout: dropped: limits the probing; a probe has the limits of any attempt
        4: reliability.health.endpoint: dropped: is one address for all, and each provider has its own; write healthCheck.endpoint at the provider that has it
        5: reliability.queue.storagePath: dropped: is where the queue is kept; the durable queue is in the database, see storage
        7: reliability.shutdown.signals: dropped: names the signals; SIGTERM, SIGINT and SIGUSR2 end the gateway
        """);

    [Fact]
    public void The_older_shape_of_global_and_models_is_imported() => ImportedText.AssertGolden("""
        global:
          timeout: 60000
          maxConcurrentRequests: 50
          retry: { maxRetries: 2, baseDelay: 500, retryableErrors: [NETWORK_ERROR, TIMEOUT, odd] }
        models:
          gpt-4o:
            circuitBreaker: { failureThreshold: 3, recoveryTimeout: 30000 }
            retry: { maxRetries: 1 }
            healthCheck: { interval: 15000, critical: true }
            fallbacks: [claude-sonnet-4-5, missing]
          claude-sonnet-4-5:
            provider: anthropic
            apiKey: ${CLAUDE_KEY}
            costPerToken: 1
          house: { provider: inhouse, baseUrl: http://10.0.0.2/v1, timeout: 5s }
        """,
        "old.yaml", """
        # Made by holdfast import from a configuration of the older shape 'global' and 'models'.
        # It needs these environment variables:
        #   CLAUDE_KEY
        #   OPENAI_API_KEY
        defaults:
          retry:
            maxRetries: 2
            baseDelay: 500ms
            retryableErrors: [NETWORK_ERROR]
          timeouts:
            call: 1m
        limits:
          maxConcurrency: 50
        providers:
          openai:
            type: openai
            apiKey: "${OPENAI_API_KEY}"
            circuitBreaker:
              failureThreshold: 3
              recoveryTimeout: 30s
          anthropic:
            type: anthropic
            apiKey: "${CLAUDE_KEY}"
          inhouse:
            type: openai-compatible
            baseUrl: "http://10.0.0.2/v1"
        models:
          gpt-4o:
            retry:
              maxRetries: 1
            healthCheck:
              interval: 15s
              critical: true
            targets:
              - openai/gpt-4o
              - provider: anthropic
                model: claude-sonnet-4-5
                priority: 2
          claude-sonnet-4-5:
            targets: [anthropic/claude-sonnet-4-5]
          house:
            timeouts:
              call: 5s
            targets: [inhouse/house]
        """, """
        4: global.retry.retryableErrors[1]: dropped: is no outcome that can be tried again here; allowed: refused, NETWORK_ERROR, timeout, TIMEOUT_ERROR, server_error, MODEL_ERROR, bad_answer, VALIDATION_ERROR, conflict, rate_limited, quota, auth, not_found
        4: global.retry.retryableErrors[2]: dropped: is no outcome that can be tried again here; allowed: refused, NETWORK_ERROR, timeout, TIMEOUT_ERROR, server_error, MODEL_ERROR, bad_answer, VALIDATION_ERROR, conflict, rate_limited, quota, auth, not_found
        6: models.gpt-4o: changed: doesn't say at which provider it is; by its first letters it became one of openai
        10: models.gpt-4o.fallbacks[1]: dropped: names 'missing', which is none of the models
        14: models.claude-sonnet-4-5.costPerToken: dropped: is a price; prices come from a table; see costs.priceFile
        """);
}
